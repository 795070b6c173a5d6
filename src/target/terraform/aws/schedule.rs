//! Crons: EventBridge starts their tasks.

use super::stack::{File, Stack};
use super::{iam, names, network};
use crate::document::hcl::{Body, Expr, identifier};
use crate::plan::{Process, ProcessKind, Schedule};

/// The schedule of a cron, with the role that may start its task and nothing else.
pub fn write(stack: &mut Stack<'_>, process: &Process) {
    let ProcessKind::Cron { schedule } = &process.kind else { return };
    let Some(expression) = expression(schedule) else {
        let message = format!(
            "the schedule `{schedule}` of `{}` names days of the month and days of the week, and EventBridge knows no `or`",
            process.name
        );
        stack.refuse(message, "write two crons, one for each", process.origin);
        return;
    };
    // No node bears a name with two dashes.
    let role = format!("{}--schedule", process.name);
    iam::role(stack, File::Services, &role, "scheduler.amazonaws.com", process.origin);
    let label = identifier(&process.name);
    let family = Expr::Template(vec![
        Expr::reference(&["aws_ecs_task_definition", &label, "arn_without_revision"]),
        ":*".into(),
    ]);
    let mut passed = vec![iam::execution_arn()];
    if iam::has_role(stack, &process.name, !process.files.is_empty()) {
        passed.push(Expr::reference(&["aws_iam_role", &label, "arn"]));
    }
    let cluster = Expr::reference(&["data", "aws_ecs_cluster", "shared", "arn"]);
    let there = iam::condition("ArnEquals", "ecs:cluster", cluster);
    let to_tasks = iam::condition("StringEquals", "iam:PassedToService", "ecs-tasks.amazonaws.com".into());
    let statements = vec![
        iam::statement_if(&["ecs:RunTask"], vec![family], there),
        iam::statement_if(&["iam:PassRole"], passed, to_tasks),
    ];
    iam::policy(stack, File::Services, &role, statements, process.origin);

    let stands = network::configuration(stack, false);
    let parameters = Body::new()
        .with("task_definition_arn", Expr::reference(&["aws_ecs_task_definition", &label, "arn"]))
        .with("launch_type", "FARGATE")
        .with_block("network_configuration", &[], stands);
    // A run that could not be started is the next one's: nobody wants yesterday's twice.
    let target = Body::new()
        .with("arn", Expr::reference(&["data", "aws_ecs_cluster", "shared", "arn"]))
        .with("role_arn", Expr::reference(&["aws_iam_role", &identifier(&role), "arn"]))
        .with_block("ecs_parameters", &[], parameters)
        .with_block("retry_policy", &[], Body::new().with("maximum_retry_attempts", 0_u32));
    let name = names::dotted(stack.environment, &process.name);
    let body = Body::new()
        .with("name", name.as_str())
        .with("schedule_expression", expression)
        .with("schedule_expression_timezone", "UTC")
        .with("depends_on", waits(stack, process))
        .with_block("flexible_time_window", &[], Body::new().with("mode", "OFF"))
        .with_block("target", &[], target);
    stack.resource(File::Services, "aws_scheduler_schedule", &label, name, process.origin, body);
}

/// A cron runs when its database is migrated, not before.
fn waits(stack: &Stack<'_>, process: &Process) -> Expr {
    let mut waits = super::services::waits(stack, process);
    waits.push(stack.claim());
    Expr::List(waits)
}

/// A schedule in EventBridge's words, which count days of the week from 1, Sunday, and want one of the two days open; `None`
/// where both are stated.
fn expression(text: &str) -> Option<String> {
    let schedule = Schedule::parse(text).ok()?;
    let [minute, hour, day, month, weekday] = schedule.bits();
    let every_day = day == span(1, 31);
    let every_weekday = weekday == span(0, 6);
    let (days, weekdays) = match (every_day, every_weekday) {
        (_, true) => (field(day, 1, 31, 0), "?".to_owned()),
        (true, false) => ("?".to_owned(), field(weekday, 0, 6, 1)),
        (false, false) => return None,
    };
    let (minutes, hours, months) = (field(minute, 0, 59, 0), field(hour, 0, 23, 0), field(month, 1, 12, 0));
    Some(format!("cron({minutes} {hours} {days} {months} {weekdays} *)"))
}

/// The values of a field: all, steps from the first on, or one by one.
fn field(bits: u64, from: u32, to: u32, shift: u32) -> String {
    if bits == span(from, to) {
        return "*".to_owned();
    }
    let mut runs: Vec<(u32, u32)> = Vec::new();
    for value in (from..=to).filter(|value| bits & 1 << value != 0).map(|value| value + shift) {
        match runs.last_mut() {
            Some((_, last)) if *last + 1 == value => *last = value,
            _ => runs.push((value, value)),
        }
    }
    let run = |(first, last): &(u32, u32)| match last - first {
        0 => first.to_string(),
        _ => format!("{first}-{last}"),
    };
    // As ranges: EventBridge takes 256 characters.
    runs.iter().map(run).collect::<Vec<_>>().join(",")
}

/// Every value of a field.
fn span(from: u32, to: u32) -> u64 {
    (from..=to).fold(0, |bits, value| bits | 1 << value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn schedules_read_as_eventbridge_reads_them() {
        for (text, wanted) in [
            ("0 6 * * *", "cron(0 6 * * ? *)"),
            ("*/15 4-6 * JAN mon-fri", "cron(0,15,30,45 4-6 ? 1 2-6 *)"),
            ("0 0 1,15 * *", "cron(0 0 1,15 * ? *)"),
            ("30 12 * * 0", "cron(30 12 ? * 1 *)"),
            ("30 12 * * 7", "cron(30 12 ? * 1 *)"),
            ("* * * * *", "cron(* * * * ? *)"),
        ] {
            assert_eq!(expression(text).as_deref(), Some(wanted), "{text}");
        }
        assert_eq!(expression("0 0 13 * fri"), None);
    }
}

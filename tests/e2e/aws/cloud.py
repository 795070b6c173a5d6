"""An AWS API on loopback: moto in this process, with what it lacks or does otherwise than AWS put right, and with an agent that
really runs ECS tasks on a Docker engine where one is given."""

import datetime
import inspect
import json
import os
import re
import threading
import time
import uuid

import boto3
import flask
from moto.core.responses import ActionResult
from moto.ec2.models import elastic_network_interfaces as interfaces
from moto.ecs import models as ecs
from moto.ecs.responses import EC2ContainerServiceResponse
from moto.elasticache import models as elasticache
from moto.iam.responses import IamResponse
from moto.rds import models as rds
from moto.s3 import responses as s3
from moto.server import ThreadedMotoServer
from moto.servicediscovery import models as servicediscovery
from moto.sqs import models as sqs

REGION, ACCOUNT = "eu-west-1", "123456789012"


class Cloud:
    def __init__(self, port):
        os.environ.update(AWS_ACCESS_KEY_ID="test", AWS_SECRET_ACCESS_KEY="test", AWS_DEFAULT_REGION=REGION)
        self.agent, self.tasks, self.problems = None, {}, []
        patch(self)
        self.url = f"http://127.0.0.1:{port}"
        ThreadedMotoServer(ip_address="127.0.0.1", port=port, verbose=False).start()

    def client(self, service):
        return boto3.client(service, endpoint_url=self.url, region_name=REGION)

    def stage(self):
        """What a team has before the first preview; what a manifest must name of it."""
        ec2, balancers = self.client("ec2"), self.client("elbv2")
        vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
        subnets = [
            ec2.create_subnet(VpcId=vpc, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"{REGION}{zone}")["Subnet"]["SubnetId"]
            for index, zone in enumerate("ab")
        ]
        group = ec2.create_security_group(GroupName="balancer", Description="balancer", VpcId=vpc)["GroupId"]
        balancer = balancers.create_load_balancer(Name="previews", Subnets=subnets, SecurityGroups=[group])["LoadBalancers"][0]
        answer = [{"Type": "fixed-response", "FixedResponseConfig": {"StatusCode": "404"}}]
        listener = balancers.create_listener(LoadBalancerArn=balancer["LoadBalancerArn"], Protocol="HTTP", Port=80, DefaultActions=answer)
        self.client("ecs").create_cluster(clusterName="previews")
        zone = self.client("route53").create_hosted_zone(Name="preview.example.com", CallerReference="1")["HostedZone"]["Id"]
        self.client("secretsmanager").create_secret(Name="preview/stripe", SecretString='{"api_key": "sk_test_\\"$x"}')
        self.client("rds").create_db_cluster(DBClusterIdentifier="staging", Engine="aurora-postgresql", MasterUsername="app", MasterUserPassword="a password")
        return {"subnets": subnets, "listener": listener["Listeners"][0]["ListenerArn"], "zone": zone.split("/")[-1]}

    def secret(self, value_from):
        """What ECS reads: `arn:…:secret:NAME-XXXXXX[:KEY:STAGE:VERSION]`."""
        parts = value_from.split(":")
        arn, rest = ":".join(parts[:7]), parts[7:]
        ask = {"SecretId": arn}
        if len(rest) == 3 and rest[2]:
            ask["VersionId"] = rest[2]
        text = self.client("secretsmanager").get_secret_value(**ask)["SecretString"]
        return json.loads(text)[rest[0]] if rest and rest[0] else text

    def access_point(self, point):
        found = self.client("efs").describe_access_points(AccessPointId=point)["AccessPoints"][0]
        return point, found["RootDirectory"]["CreationInfo"]["OwnerUid"]

    def log(self, group, stream, lines):
        logs = self.client("logs")
        logs.create_log_stream(logGroupName=group, logStreamName=stream)
        if lines:
            events = [{"timestamp": int(time.time() * 1000), "message": line} for line in lines]
            logs.put_log_events(logGroupName=group, logStreamName=stream, logEvents=events)

    def definition(self, arn):
        return self.client("ecs").describe_task_definition(taskDefinition=arn)["taskDefinition"]

    def alias(self, service):
        """The name under which a service is found."""
        for registry in service.service_registries:
            names = self.client("servicediscovery")
            found = names.get_service(Id=registry["registryArn"].split("/")[-1])["Service"]
            return f"{found['Name']}.{names.get_namespace(Id=found['DnsConfig']['NamespaceId'])['Namespace']['Name']}"
        return ""

    # What ECS does in the background.

    def deploy(self, service):
        """Brings a service to where it should be, and says so when it is there."""
        deployment = service.deployments[0]
        now = datetime.datetime.now(datetime.UTC).replace(tzinfo=None)
        deployment |= {
            "id": f"ecs-svc/{uuid.uuid4().int % 10**19}", "taskDefinition": service.task_definition, "desiredCount": service.desired_count,
            "rolloutState": "IN_PROGRESS", "createdAt": now, "updatedAt": now,
        }
        service.running_count = deployment["runningCount"] = 0

        def work():
            try:
                self.undeploy(service.name)
                if self.agent and service.desired_count:
                    task = self.agent.start(self.definition(service.task_definition), self.alias(service))
                    self.tasks[service.name] = task
                    task.run()
            except Exception as problem:  # noqa: BLE001 - whatever it is, the test is to show it
                self.problems.append(f"{service.name}: {problem}")
                deployment["rolloutState"] = "FAILED"
                return
            service.running_count = deployment["runningCount"] = service.desired_count
            service.pending_count = deployment["pendingCount"] = 0
            deployment["rolloutState"] = "COMPLETED"

        threading.Thread(target=work, daemon=True).start()

    def undeploy(self, name):
        task = self.tasks.pop(name, None)
        if task:
            task.end()

    def execute(self, task):
        """Runs a task to its end."""

        def work():
            exits = {}
            names = [one["name"] for one in self.definition(task.task_definition_arn)["containerDefinitions"]]
            if self.agent:
                run = self.agent.start(self.definition(task.task_definition_arn))
                run.id = task.id
                try:
                    run.run()
                except Exception as problem:  # noqa: BLE001
                    self.problems.append(f"{task.task_definition_arn}: {problem}")
                exits = run.exits
                run.end()
            else:
                exits = dict.fromkeys(names, 0)
            task.containers = [Ended(name, exits.get(name)) for name in names]
            task.stopped_reason = "Essential container in task exited"
            for attachment in task.attachments:
                interface = next(detail["value"] for detail in attachment["details"] if detail["name"] == "networkInterfaceId")
                ec2 = self.client("ec2")
                for one in ec2.describe_network_interfaces(NetworkInterfaceIds=[interface])["NetworkInterfaces"]:
                    ec2.delete_network_interface(NetworkInterfaceId=one["NetworkInterfaceId"])
            task.desired_status = task.last_status = "STOPPED"

        task._transitions = []
        threading.Thread(target=work, daemon=True).start()


class Ended:
    """A container as `describe-tasks` shows it."""

    def __init__(self, name, code):
        self.name, self.last_status = name, "STOPPED"
        if code is not None:
            self.exitCode = code


def patch(cloud):
    backend = ecs.EC2ContainerServiceBackend
    create, update, delete, run = backend.create_service, backend.update_service, backend.delete_service, backend.run_task

    def created(self, *args, **kwargs):
        service = create(self, *args, **kwargs)
        cloud.deploy(service)
        return service

    def updated(self, *args, **kwargs):
        service = update(self, *args, **kwargs)
        cloud.deploy(service)
        return service

    def deleted(self, cluster_name, service_name, force):
        cloud.undeploy(service_name.split("/")[-1])
        return delete(self, cluster_name, service_name, force)

    def ran(self, *args, **kwargs):
        tasks = run(self, *args, **kwargs)
        for task in tasks:
            cloud.execute(task)
        return tasks

    backend.create_service, backend.update_service, backend.delete_service, backend.run_task = created, updated, deleted, ran
    # It does not move by itself: what is to become of a task is the agent's to say.
    ecs.Task.advance = lambda self: None

    # What Terraform asks while a deployment goes on. Its ARN is made of what it is asked for by.
    def listed(self):
        services, _ = self.ecs_backend.describe_services(self._get_param("cluster"), [self._get_param("service")])
        brief = {
            "serviceDeploymentArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-deployment/previews/{services[0].name}/x",
            "targetServiceRevisionArn": f"arn:aws:ecs:{REGION}:{ACCOUNT}:service-revision/previews/{services[0].name}/{services[0].deployments[0]['id'].split('/')[1]}",
        }
        return ActionResult({"serviceDeployments": [brief]})

    def described(self):
        out = []
        for arn in self._get_param("serviceDeploymentArns"):
            services, _ = self.ecs_backend.describe_services("previews", [arn.split("/")[-2]])
            known = {"COMPLETED": "SUCCESSFUL", "FAILED": "ROLLBACK_FAILED"}
            out.append({"serviceDeploymentArn": arn, "status": known.get(services[0].deployments[0]["rolloutState"], "IN_PROGRESS")})
        return ActionResult({"serviceDeployments": out, "failures": []})

    EC2ContainerServiceResponse.list_service_deployments, EC2ContainerServiceResponse.describe_service_deployments = listed, described

    # It lists families whatever is asked for.
    families = backend.list_task_definition_families

    def active(self, family_prefix=None):
        status = flask.request.get_json(force=True).get("status", "ALL")
        for family in families(self, family_prefix):
            if status == "ALL" or any(one.status == status for one in self.task_definitions[family].values()):
                yield family

    backend.list_task_definition_families = active

    # It counts the memory of each container, which tasks of Fargate need not state.
    backend._calculate_task_resource_requirements = lambda self, definition: {"CPU": 0, "MEMORY": 0, "PORTS": [], "PORTS_UDP": []}

    # A task's network interface is asked for a name that it does not have.
    interfaces.NetworkInterface.private_dns_name = ""

    # Before a user goes, its other credentials are asked for: there are none.
    def none(self):
        return ActionResult({"ServiceSpecificCredentials": []})

    IamResponse.list_service_specific_credentials = none

    # Every database has the same id there, and Terraform asks by it.
    begin = rds.DBInstance.__init__

    def begun(self, *args, **kwargs):
        begin(self, *args, **kwargs)
        self.dbi_resource_id = f"db-{uuid.uuid4().hex[:26].upper()}"

    rds.DBInstance.__init__ = begun

    # Terraform keeps a parameter only where it is known who set it.
    set_all = rds.DBParameterGroup.update_parameters

    def set_by_user(self, parameters):
        set_all(self, [{**parameter, "Source": "user"} for parameter in parameters])

    rds.DBParameterGroup.update_parameters = set_by_user

    # It takes what says which queues may use another for their dead letters, and denies knowing it.
    sqs.Queue.BASE_ATTRIBUTES = [*sqs.Queue.BASE_ATTRIBUTES, "RedriveAllowPolicy"]
    sqs.Queue.redrive_allow_policy = None
    # And hands out a policy with spaces in it.
    attributes = sqs.Queue.attributes.fget

    def compact(self):
        out = attributes(self)
        if out.get("RedrivePolicy"):
            out["RedrivePolicy"] = json.dumps(json.loads(out["RedrivePolicy"]), separators=(",", ":"))
        # What is taken back with an empty text is gone in AWS, and Terraform waits for that.
        if not out.get("RedriveAllowPolicy"):
            out.pop("RedriveAllowPolicy", None)
        return out

    sqs.Queue.attributes = property(compact)

    # A bucket may be made with its tags, which it forgets.
    put = s3.S3Response._bucket_response_put

    def bucket(self, request, bucket_name, querystring):
        answer = put(self, request, bucket_name, querystring)
        body = self.body.decode() if isinstance(self.body, bytes) else self.body or ""
        if "CreateBucketConfiguration" in body:
            found = re.findall(r"<Tag><Key>([^<]*)</Key><Value>([^<]*)</Value></Tag>", body)
            tags = [{"Key": key, "Value": value} for key, value in found]
            self.backend.tagger.tag_resource(f"arn:aws:s3:::{bucket_name}", tags)
        return answer

    s3.S3Response._bucket_response_put = bucket

    # It lists domains whatever is asked for.
    domains = servicediscovery.ServiceDiscoveryBackend.list_namespaces

    def filtered(self):
        asked = [one for one in flask.request.get_json(force=True).get("Filters", []) if one["Name"] == "NAME"]
        return [one for one in domains(self) if all(one.name in filter_["Values"] for filter_ in asked)]

    servicediscovery.ServiceDiscoveryBackend.list_namespaces = filtered

    # It takes two domains of one network for the same.
    name = servicediscovery.ServiceDiscoveryBackend.create_private_dns_namespace

    def named(self, name_, *args, **kwargs):
        others = [one for one in self.namespaces.values() if one.name != name_]
        networks = [one.vpc for one in others]
        for one in others:
            one.vpc = None
        try:
            return name(self, name_, *args, **kwargs)
        finally:
            for one, vpc in zip(others, networks, strict=True):
                one.vpc = vpc

    servicediscovery.ServiceDiscoveryBackend.create_private_dns_namespace = lambda self, **asked: named(self, asked.pop("name"), **asked)

    # A replication group has members, which Terraform asks for.
    store = elasticache.ElastiCacheBackend
    make, remove, show = store.create_replication_group, store.delete_replication_group, store.describe_cache_clusters

    def made(self, *args, **kwargs):
        group = make(self, *args, **kwargs)
        self.create_cache_cluster(**member(group, kwargs))
        return group

    def removed(self, replication_group_id, *args, **kwargs):
        self.cache_clusters.pop(f"{replication_group_id}-001", None)
        return remove(self, replication_group_id, *args, **kwargs)

    def member(group, asked):
        wanted = inspect.signature(store.create_cache_cluster).parameters
        known = {name: asked.get(name) for name in wanted if name != "self"}
        return known | {"cache_cluster_id": f"{group.replication_group_id}-001", "replication_group_id": group.replication_group_id, "num_cache_nodes": 1}

    store.create_replication_group, store.delete_replication_group, store.describe_cache_clusters = made, removed, show

"""Text that a reader of YAML, JSON, env files, shells, templates or Kubernetes' own expansion takes for something else."""

PEM = "-----BEGIN PRIVATE KEY-----\nMIIBVQIBADANBgkqhkiG9w0BAQEFAASCAT8wggE7AgEAAkEA\n+/=\n-----END PRIVATE KEY-----\n"

VALUES = [
    # YAML's words, numbers, dates and marks
    "~", "null", "true", "Yes", "no", "on", "off", "y", "N", "0", "-1", "1_000", "0123", "08", "0o17", "0x1F", "1e3", "123e45", "1.10", ".5",
    ".inf", "-.inf", ".nan", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "22:22", "190:20:30", "=", "<<", "-", "- a", "?", ": a", "a: b", "a:",
    "#a", "a #b", "&a", "*a", "!a", "!!str a", "|", ">", "|-\n a", "%a", "@a", "`a", "{", "}", "[", "]", "{a: b}", "[a]", ",", "---", "...", "--- a",
    # quotes, backslashes, white space
    "'", '"', "''", '""', "a'b", 'a"b', "\\", "a\\", "\\n", "\\u0041", "\\x41", "a\\\"b", " ", "  x", "x  ", "\t", "a\tb", "a\t", " \n ", "\n", "\n\n",
    "a\n", "a\nb", "a\nb\n\n", "\na", " a\nb", "a \nb", "a\r\nb\r\n", "\r", "a\rb", "# a\n# b\n", "---\na\n...\n", "a\n\tb",
    # dollars: Kubernetes, Compose, shells, templates
    "$", "$$", "$$$", "$$$$", "$(X)", "$$(X)", "$(A0)", "$(PATH)", "${X}", "$${X}", "$X", "$PATH", "$5", "$1$2", "p$word", "p$5w", "a$", "$'a'", "$(id)", "`id`",
    "${X:-y}", "${X:?no}", "{{ .Values }}", "{% raw %}", "{{'a'}}", "<% x %>", "%s", "%(x)s", "%%{x}", "$((1+1))", "$[1]", "!", "!!", "~root", "*", "a;b", "a|b", "a&b",
    "a>b", "-n", "-e", "--", "--help", "=x", "A=B", "export A=B", "#", "# x", "a # b", "'a' 'b'",
    # letters: controls, spaces that are none, both normal forms, beyond the basic plane
    "\x01", "\x1b[31mred\x1b[0m", "\x7f", "\x80", "\u0085", "a\u0085b", "\x9f", "\uffff", "\u00a0", "\u2028", "\u2029", "\ufeff", "a\ufeff", "\u200b", "\u202e", "\ufffd", "\ue000",
    "é", "e\u0301", "ﬁ", "\u212b", "A\u030a", "\u1100\u1161", "한", "😀", "\U0010fffd", "ß", "İ",
    # whole things
    PEM, '{"a": ["b", null, "$(c)"]}', "postgres://u:p%40ss@h:5432/d?x=1&y=2#f", "a" * 4096, "x" * 65535 + "\n", "ü$" * 16384,
]
REFUSED = ["a\0b"]                 # no process can be given it

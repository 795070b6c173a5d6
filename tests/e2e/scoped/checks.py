"""The count of what holds."""

import urllib.parse

passed = failed = 0


def check(text, holds, more=""):
    global passed, failed
    if holds:
        passed += 1
        print(f"ok   {text}", flush=True)
    else:
        failed += 1
        print(f"FAIL {text}", *(["\n     " + str(more)[:1500]] if more else []), flush=True)
    return bool(holds)


def parts(environment, variable):
    return urllib.parse.urlsplit(environment.env[variable])

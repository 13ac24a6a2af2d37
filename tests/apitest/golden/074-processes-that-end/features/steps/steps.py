import os
import time

from behave import given


@given('signal {number:d}')
def signal(context, number):
    os.kill(os.getpid(), number)


@given('exit {code:d}')
def leave(context, code):
    os._exit(code)


@given('exit {code:d}, and a child that stays')
def leave_a_child(context, code):
    # It holds all that is open but the screen.
    if os.fork():
        os._exit(code)
    os.close(1)
    os.close(2)
    time.sleep(5)
    os._exit(0)


@given('nothing')
def nothing(context):
    pass

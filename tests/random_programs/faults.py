# SPDX-License-Identifier: MIT
"""Faults that generate.py plants: for each, its code, what scopetrace must say of it, and where it can be. Its
functions are named planted_…_cNUMBER, by which a finding is known to be of it. It logs "planted NUMBER" once it
has really gone wrong: whatever is around it may have ended it before.
"""
import re
from typing import NamedTuple


class Fault(NamedTuple):
    rules: tuple
    code: str
    anyio: bool = False


FORGETS = '''
class planted_Deadline_cN:
    def __init__(self, delay):
        self.delay = delay

    async def __aenter__(self):
        self.task = asyncio.current_task()
        self.handle = asyncio.get_running_loop().call_later(self.delay, self.planted_expire_cN)

    def planted_expire_cN(self):
        self.task.cancel()

    async def __aexit__(self, kind, error, trace):
        self.handle.cancel()
        if kind is asyncio.CancelledError:
            raise TimeoutError


async def planted_body_cN():
    for _ in range(3):
        try:
            async with planted_Deadline_cN(0.001):
                await asyncio.sleep(1)
        except TimeoutError:
            await ticks(6)
    log("planted N")


async def planted_cN():
    await in_own_task(planted_body_cN())
'''

STEALS = '''
async def planted_body_cN():
    before = count()
    async with asyncio.timeout(0.001) as timeout:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            if not timeout.expired() or count() > before + 1:
                raise
            asyncio.current_task().uncancel()
            lines.append("planted N")
            await ticks(2)


async def planted_cN():
    try:
        await planted_body_cN()
    except TimeoutError:
        pass
'''

SWALLOWS = '''
async def planted_body_cN(asked):
    ENTER
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            pass
        else:
            return
        before = len(asked)
        await ticks(8)
        if before == 1:
            log("planted N")


async def planted_cN():
    asked = []
    task = asyncio.create_task(planted_body_cN(asked))
    await ticks(3)
    asked += [1] * task.cancel()
    await ended(task)
'''

WRONG_TASK = '''
async def planted_exit_cN(timeout):
    await timeout.__aexit__(None, None, None)
    lines.append("planted N")


async def planted_cN():
    timeout = asyncio.timeout(100)
    await timeout.__aenter__()
    await ended(asyncio.create_task(planted_exit_cN(timeout)))
'''

MISNESTED = '''
async def planted_cN():
    one, two = asyncio.timeout(100), asyncio.timeout(200)
    await one.__aenter__()
    await two.__aenter__()
    await one.__aexit__(None, None, None)
    await two.__aexit__(None, None, None)
    lines.append("planted N")
'''

ABANDONED = '''
async def planted_body_cN():
    await asyncio.timeout(100).__aenter__()
    lines.append("planted N")


async def planted_cN():
    await ended(asyncio.create_task(planted_body_cN()))
'''

STORM = '''
async def planted_cN():
    with anyio.move_on_after(0.001):
        for number in range(400):
            try:
                await asyncio.sleep(1)
            except asyncio.CancelledError:
                if number == 399:
                    lines.append("planted N")
'''

SCOPE_WRONG_TASK = '''
async def planted_exit_cN(scope):
    try:
        scope.__exit__(None, None, None)
    except RuntimeError:
        lines.append("planted N")


async def planted_body_cN():
    scope = anyio.CancelScope()
    scope.__enter__()
    await ended(asyncio.create_task(planted_exit_cN(scope)))
    scope.__exit__(None, None, None)


async def planted_cN():
    await in_own_task(planted_body_cN())
'''

FORGETS_DESCRIBED = '''
async def planted_body_cN():
    before = count()
    try:
        async with Described(0.001, forgets=True) as deadline:
            await asyncio.sleep(1)
    except TimeoutError:
        await ticks(6)
        if count() == before + 1:
            log("planted N")


async def planted_cN():
    await in_own_task(planted_body_cN())
'''

LEFT_OPEN = '''
async def planted_numbers_cN():
    async with asyncio.timeout(100):
        yield 1
        yield 2


planted_streams_cN = []


async def planted_body_cN():
    planted_streams_cN[:] = [planted_numbers_cN()]
    async for number in planted_streams_cN[0]:
        break
    lines.append("planted N")


async def planted_cN():
    await ended(asyncio.create_task(planted_body_cN()))
'''

RETRIES = '''
async def planted_body_cN(asked):
    for _ in range(3):
        try:
            await asyncio.sleep(0.02)
        except BaseException:
            continue
    if len(asked) == 1:
        log("planted N")


async def planted_cN():
    asked = []
    task = asyncio.create_task(planted_body_cN(asked))
    await ticks(3)
    asked += [1] * task.cancel()
    await ended(task)
'''

SUPPRESSES = '''
@contextlib.asynccontextmanager
async def planted_manager_cN():
    try:
        yield
    except asyncio.CancelledError:
        pass


async def planted_body_cN(asked):
    async with planted_manager_cN():
        await asyncio.sleep(1)
        return
    before = len(asked)
    await ticks(8)
    if before == 1:
        log("planted N")


async def planted_cN():
    asked = []
    task = asyncio.create_task(planted_body_cN(asked))
    await ticks(3)
    asked += [1] * task.cancel()
    await ended(task)
'''

SCOPES_MISNESTED = '''
async def planted_body_cN():
    one, two = anyio.CancelScope(), anyio.CancelScope()
    one.__enter__()
    two.__enter__()
    try:
        one.__exit__(None, None, None)
    except RuntimeError:
        lines.append("planted N")
    two.__exit__(None, None, None)
    one.__exit__(None, None, None)


async def planted_cN():
    await in_own_task(planted_body_cN())
'''

SCOPE_ABANDONED = '''
async def planted_body_cN():
    anyio.CancelScope().__enter__()
    lines.append("planted N")


async def planted_cN():
    await ended(asyncio.create_task(planted_body_cN()))
'''

STEALS_DIRECT = '''
async def planted_body_cN(asked):
    async with asyncio.timeout(0.001) as timeout:
        try:
            await asyncio.sleep(1)
        except asyncio.CancelledError:
            if not timeout.expired() or asked:
                raise
            while asyncio.current_task().uncancel():
                pass
            lines.append("planted N")
            await ticks(2)


async def planted_cN():
    asked = []
    task = asyncio.create_task(planted_body_cN(asked))
    try:
        await asyncio.wait([task], timeout=0.004)
    finally:
        asked += [1] * task.cancel()
        await ended(task)
'''

FAULTS = {
    "forgets": Fault(("leaked-cancel", "swallowed-cancel"), FORGETS),
    "steals": Fault(("stolen-cancel",), STEALS),
    "swallows": Fault(("swallowed-cancel",), SWALLOWS.replace("ENTER", "if True:")),
    "swallows_in_timeout": Fault(("swallowed-cancel",), SWALLOWS.replace("ENTER", "async with asyncio.timeout(100):")),
    "swallows_in_group": Fault(("swallowed-cancel",), SWALLOWS.replace("ENTER", "async with asyncio.TaskGroup():")),
    "swallows_in_scope": Fault(("swallowed-cancel",), SWALLOWS.replace("ENTER", "with anyio.CancelScope():"), True),
    "wrong_task": Fault(("wrong-task",), WRONG_TASK),
    "misnested": Fault(("misnested-scope",), MISNESTED),
    "abandoned": Fault(("abandoned-scope",), ABANDONED),
    "storm": Fault(("cancel-storm", "swallowed-cancel", "leaked-cancel"), STORM, True),
    "forgets_described": Fault(("leaked-cancel", "swallowed-cancel"), FORGETS_DESCRIBED),
    "left_open": Fault(("wrong-task", "abandoned-scope"), LEFT_OPEN),
    "retries": Fault(("swallowed-cancel",), RETRIES),
    "suppresses": Fault(("swallowed-cancel",), SUPPRESSES),
    "scopes_misnested": Fault(("misnested-scope",), SCOPES_MISNESTED, True),
    "scope_abandoned": Fault(("abandoned-scope",), SCOPE_ABANDONED, True),
    "steals_direct": Fault(("stolen-cancel",), STEALS_DIRECT),
    "scope_wrong_task": Fault(("wrong-task",), SCOPE_WRONG_TASK, True),
}


def fits(kind, case, place):
    return case.anyio if FAULTS[kind].anyio else case.native


def plant(case, kind):
    case.functions.append(re.sub(r"(?<=_c)N|(?<=planted )N", str(case.number), FAULTS[kind].code.strip()))
    case.line(f"await planted_c{case.number}()")

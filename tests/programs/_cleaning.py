"""Tasks that are cancelled and have not ended, since they clean up or since they run on; used by several programs, and
by those that are attached to."""
import asyncio
import os


async def slowly(seconds=60):
    end = asyncio.get_running_loop().time() + seconds
    while asyncio.get_running_loop().time() < end:
        await asyncio.sleep(0.005)


# ---- that clean up ----

async def finally_shielded():
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.shield(asyncio.create_task(slowly()))


async def catches_and_raises():
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        await slowly()
        raise


class Connection:
    async def __aenter__(self):
        return self

    async def __aexit__(self, *exception):
        await slowly()


async def leaves_slowly():
    async with Connection():
        await asyncio.sleep(1000)


async def keeps_the_error():
    error = None
    try:
        await leaves_quickly()
    except asyncio.CancelledError as cancelled:
        error = cancelled
    await slowly()
    raise error


async def leaves_quickly():
    await asyncio.sleep(1000)


async def in_a_caller():
    """The handler is not in the innermost coroutine, nor in the outermost."""
    await finally_shielded()


async def at_length():
    """The loop hardly turns meanwhile."""
    try:
        await asyncio.sleep(1000)
    finally:
        await asyncio.sleep(1000)


async def group():
    """Its child is slow to end, and the group waits for it."""
    async with asyncio.TaskGroup() as tasks:
        tasks.create_task(catches_and_raises())
        await asyncio.sleep(1000)


# ---- that run on ----

async def swallows():
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        await slowly(0.1)
    await slowly()


async def swallows_in_a_loop():
    while True:
        try:
            await slowly()
        except asyncio.CancelledError:
            continue


async def waits_once_more():
    """The loop turns for the others."""
    try:
        await asyncio.sleep(1000)
    except asyncio.CancelledError:
        pass
    await asyncio.sleep(1000)


CLEANING = [finally_shielded, catches_and_raises, leaves_slowly, keeps_the_error, in_a_caller, at_length, group]
RUNNING_ON = [swallows, swallows_in_a_loop, waits_once_more]


async def cancelled(kinds):
    """The tasks, cancelled at this one place."""
    tasks = [asyncio.create_task(kind(), name=kind.__name__) for kind in kinds]
    await asyncio.sleep(0.02)
    for task in tasks:
        task.cancel()
    return tasks


def ends_while(kinds, at_once=False, after=0.8):
    """Ends long after they were cancelled; at_once: as if it were killed."""
    async def main():
        tasks = await cancelled(kinds)
        await asyncio.sleep(after)
        assert not any(task.done() for task in tasks)
        if at_once:
            os._exit(0)
        return tasks

    loop = asyncio.new_event_loop()
    kept.append(loop.run_until_complete(main()))
    kept.append(loop)


kept = []

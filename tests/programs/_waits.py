# Where a task may be when it is cancelled: for what is between it and the future that it waits for, the error takes
# turns of the loop until it arrives.
import asyncio

async def waits_for_task(): await asyncio.create_task(asyncio.sleep(5))
async def waits_for_gather(): await asyncio.gather(asyncio.sleep(5), asyncio.sleep(5))
async def waits_for_gathers(): await asyncio.gather(asyncio.gather(asyncio.sleep(5)))
async def waits_for_future(): await asyncio.wait_for(asyncio.get_running_loop().create_future(), 10)
async def waits_for_shield(): await asyncio.wait_for(asyncio.shield(asyncio.sleep(0.03)), 10)
async def waits_for_coroutine(): await asyncio.wait_for(asyncio.sleep(5), 10)
async def waits_for_wait_for(): await asyncio.wait_for(asyncio.wait_for(asyncio.sleep(5), 9), 10)
async def waits_for_wait_for_gather(): await asyncio.wait_for(asyncio.gather(asyncio.sleep(5)), 10)
async def waits_in_timeout():
    async with asyncio.timeout(5): await asyncio.sleep(5)
async def waits_in_timeouts():
    async with asyncio.timeout(5), asyncio.timeout(6): await asyncio.create_task(asyncio.sleep(5))
async def waits_in_group():
    async with asyncio.TaskGroup() as group: group.create_task(asyncio.sleep(5)); await asyncio.sleep(5)
async def waits_for_group():
    async with asyncio.TaskGroup() as group: group.create_task(asyncio.sleep(5))
async def waits_for_condition():
    condition = asyncio.Condition()
    async with condition: await condition.wait()
async def waits_for_helper():   # which was cancelled already, and cleans up
    async def helper():
        try: await asyncio.sleep(5)
        finally: await asyncio.sleep(5)
    task = asyncio.create_task(helper()); await asyncio.sleep(0)
    task.cancel(); await task

WAITS = [waits_for_task, waits_for_gather, waits_for_gathers, waits_for_future, waits_for_shield, waits_for_coroutine,
         waits_for_wait_for, waits_for_wait_for_gather, waits_in_timeout, waits_in_timeouts, waits_in_group,
         waits_for_group, waits_for_condition, waits_for_helper]

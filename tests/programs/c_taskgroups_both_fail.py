# Clean: children of two nested TaskGroups fail in one iteration: each takes back its own (3.13: and hands back).
from _h import *; import time
async def main():
    outs = []
    async def bad(delay):
        await asyncio.sleep(delay); raise ValueError(delay)
    for outer, inner in ((0.1, 0.15), (0.15, 0.1)):
        try:
            async with asyncio.TaskGroup() as a:
                a.create_task(bad(outer))
                async with asyncio.TaskGroup() as b:
                    b.create_task(bad(inner)); await asyncio.sleep(0); time.sleep(0.2); await asyncio.sleep(5)
        except* ValueError as group: outs.append(len(group.exceptions))
        await asyncio.sleep(0.002); outs.append(n())
    for _ in range(8): await asyncio.sleep(0.002)
    return {"outs": outs}
run("c_taskgroups_both_fail", main, {"outs": [2, 0, 2, 0]})

# SPDX-License-Identifier: MIT
"""What coverage.py counts, but in the event loop, whose branches depend on the time."""
import os

import coverage


def measure():
    files = ["*/asyncio/t*.py", "*/anyio/*", __file__]
    meter = coverage.Coverage(data_file=None, branch=True, include=files)
    meter.start()
    import asyncio

    import anyio

    async def main():
        with anyio.move_on_after(0.3):
            await anyio.sleep(10)
        try:
            async with asyncio.timeout(0.3), asyncio.TaskGroup() as group:
                group.create_task(asyncio.sleep(10))
        except TimeoutError:
            pass
        task = asyncio.tasks._PyTask(asyncio.sleep(10), loop=asyncio.get_running_loop())
        await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])

    asyncio.run(main())
    meter.stop()
    data = meter.get_data()
    for file in sorted(data.measured_files()):
        print(os.path.basename(file), sorted(data.arcs(file)))


measure()

# Clean: whoever leaves the groups keeps the names of what they awaited, and gives one a name of its own.
import asyncio
names = []
class Nursery(asyncio.TaskGroup):
    def __aexit__(self, *exc_info):
        leaving = super().__aexit__(*exc_info)
        names.append(leaving.__name__)
        return leaving
async def work(group_class):
    async with asyncio.timeout(10), group_class() as group:
        group.create_task(asyncio.sleep(0.001))
    group = await group_class().__aenter__()
    group.create_task(asyncio.sleep(0.001))
    leaving = group.__aexit__(None, None, None)
    names.append(leaving.__name__)
    leaving.__name__ = "leaving"
    assert leaving.__name__ == "leaving"
    await leaving
    names.append(leaving.__name__)
async def main():
    for group_class in asyncio.TaskGroup, Nursery:
        await asyncio.create_task(work(group_class))
    await asyncio.sleep(0.001)
asyncio.run(main())
assert names == ["__aexit__", "leaving", *["__aexit__"] * 3, "leaving"], names
print("done")

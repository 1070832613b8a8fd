# Clean: task names and cancel messages of every shape; the task resists and takes back.
from _h import *
class Rude:
    def __str__(self): raise ValueError("no name")
    __repr__ = __str__
async def main():
    async def work():
        for _ in range(5):
            try: await asyncio.sleep(5)
            except asyncio.CancelledError:
                asyncio.current_task().uncancel()
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(work())
    for message in (Rude(), b"\xff\x00", 10 ** 400, "\ud800\n\"'<&>\x00\x1b[31m", "y" * 70000):
        if isinstance(message, str): t.set_name(message)
        await asyncio.sleep(0.005); t.cancel(message)
    await t
    return {"residual": t.cancelling()}
run("c_odd_names_and_messages", main, {"residual": 0})

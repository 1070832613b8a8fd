# Clean: another thread cancels a task by call_soon_threadsafe; the task ends.
from _h import *; import threading, time
async def main():
    loop = asyncio.get_running_loop()
    async def worker():
        try: await asyncio.sleep(5)
        except asyncio.CancelledError:
            raise
        for _ in range(12): await asyncio.sleep(0.002)
    t = asyncio.create_task(worker())
    def outside(): time.sleep(0.02); loop.call_soon_threadsafe(t.cancel)
    thread = threading.Thread(target=outside); thread.start()
    await asyncio.wait([t]); thread.join()
    return {"cancelled": t.cancelled()}
run("c_thread_cancels_task", main, {"cancelled": True})

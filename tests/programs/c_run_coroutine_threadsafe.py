# Clean: a thread waits for coroutines of the loop; it cancels one of its futures, whose task ends.
from _h import *; import threading, time
async def main():
    loop = asyncio.get_running_loop(); box = []
    async def job(seconds): await asyncio.sleep(seconds); return seconds
    def outside():
        box.append(asyncio.run_coroutine_threadsafe(job(0.005), loop).result())
        slow = asyncio.run_coroutine_threadsafe(job(5), loop); time.sleep(0.02)
        box.append(slow.cancel())
    thread = threading.Thread(target=outside); thread.start()
    await asyncio.to_thread(thread.join); await asyncio.sleep(0.02)
    return {"box": box, "left": len(asyncio.all_tasks()) - 1}
run("c_run_coroutine_threadsafe", main, {"box": [0.005, True], "left": 0})

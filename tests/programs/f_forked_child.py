# Faulty: the process forks; in the child's loop the home-made timeout leaves its requests behind.
import asyncio, json, os
class Limit:
    def __init__(self, take_back): self.take_back = take_back
    def __enter__(self):
        self.task = asyncio.current_task(); self.timer = asyncio.get_running_loop().call_later(0.004, self._fire)
    def _fire(self): self.task.cancel()
    def __exit__(self, kind, error, trace):
        if self.take_back: self.task.uncancel()
        return kind is asyncio.CancelledError
async def main(take_back):
    for _ in range(4):
        with Limit(take_back): await asyncio.sleep(5)
    for _ in range(8): await asyncio.sleep(0.002)
    return asyncio.current_task().cancelling()
pid = os.fork()
if pid == 0:
    os._exit(asyncio.run(main(False)))
mine = asyncio.run(main(True)); theirs = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
print(json.dumps({"case": "f_forked_child", "verdict": "clean" if mine == theirs == 0 else f"{mine}, {theirs}"}))

# SPDX-License-Identifier: MIT
"""Prints what a program can find out about the methods of tasks and scopes."""
import asyncio
import copy
import functools
import inspect
import pickle
import pydoc
import re
import types
import weakref

import anyio
from anyio._backends._asyncio import CancelScope


def plain(text):
    """Without addresses and times."""
    return re.sub(r"0x[0-9a-f]+|when=[0-9.]+", "0x", str(text))


def attempt(function, *arguments):
    try:
        return plain(function(*arguments))
    except Exception as exception:
        return f"{type(exception).__name__}: {plain(exception)}"


QUESTIONS = [
    inspect.signature, inspect.getdoc, inspect.getsource, inspect.getsourcelines, inspect.getfile,
    inspect.getmodule, inspect.getcomments, inspect.isfunction, inspect.ismethod, inspect.isbuiltin,
    inspect.isroutine, inspect.ismethoddescriptor, inspect.isdatadescriptor, inspect.iscoroutinefunction,
    asyncio.iscoroutinefunction, inspect.isgeneratorfunction, inspect.isasyncgenfunction, inspect.isabstract,
    inspect.unwrap, inspect.getfullargspec, callable, repr, str, pydoc.render_doc,
    lambda f: f.__code__.co_qualname, lambda f: f.__globals__["__name__"], lambda f: f.__get__(None, int) is f,
    lambda f: f == f, lambda f: hash(f) == hash(f), lambda f: isinstance(f, types.FunctionType),
    lambda f: isinstance(f, types.MethodDescriptorType), lambda f: isinstance(f, types.MethodType),
    lambda f: pickle.loads(pickle.dumps(f)) is f, lambda f: copy.copy(f) is f, lambda f: copy.deepcopy(f) is f,
    lambda f: weakref.ref(f)() is f, lambda f: hasattr(f, "__wrapped__"), lambda f: hasattr(f, "nonsense"),
    lambda f: sorted(dir(f)), lambda f: functools.wraps(f)(lambda: 0).__qualname__, lambda f: f(), lambda f: f(1),
    lambda f: inspect.signature(functools.partial(f)), lambda f: inspect.signature(functools.partialmethod(f).func),
]
ATTRIBUTES = ["__name__", "__qualname__", "__module__", "__doc__", "__defaults__", "__kwdefaults__", "__closure__",
              "__annotations__", "__dict__", "__text_signature__", "__objclass__", "__self__", "__type_params__",
              "__class__", "__isabstractmethod__"]


def ask_about(name, method):
    for number, question in enumerate(QUESTIONS):
        print(name, number, getattr(question, "__name__", "?"), attempt(question, method))
    for attribute in ATTRIBUTES:
        print(name, attribute, attempt(getattr, method, attribute))


def methods_of(cls):
    return [(f"{cls.__qualname__}.{name}", getattr(cls, name)) for name in sorted(cls.__dict__)
            if callable(getattr(cls, name))]


def ask_about_class(cls):
    print(cls, sorted(cls.__dict__), sorted(dir(cls)))
    print(plain(pydoc.render_doc(cls)))
    print(plain(inspect.getmembers(cls, inspect.isroutine)))
    print(attempt(inspect.getsource, cls))
    for name, method in methods_of(cls):
        if name.rpartition(".")[2] not in ("__class__", "__new__", "__init_subclass__"):
            ask_about(name, method)
    for name, method in sorted(cls.__dict__.items()):
        print(name, plain(repr(method)), method is cls.__dict__[name])


async def bound():
    task = asyncio.current_task()
    scope = anyio.CancelScope()
    async with asyncio.timeout(None) as timeout, asyncio.TaskGroup() as group:
        for name, method in [("scope.cancel", scope.cancel), ("scope.__exit__", scope.__exit__),
                             ("timeout._on_timeout", timeout._on_timeout), ("group._abort", group._abort),
                             ("task.cancel", task.cancel), ("task.uncancel", task.uncancel)]:
            print(name, plain(repr(method)), inspect.signature(method), inspect.ismethod(method),
                  inspect.isbuiltin(method), type(method), method.__self__ is not None, method.__name__,
                  method.__qualname__, attempt(lambda: weakref.WeakMethod(method)() == method),
                  attempt(lambda: method.__func__), method == getattr(method.__self__, method.__name__),
                  hash(method) == hash(getattr(method.__self__, method.__name__)))
            print(attempt(pickle.dumps, method), attempt(copy.copy, method), attempt(pydoc.render_doc, method))
    print(plain(repr(asyncio.get_running_loop().call_soon(task.uncancel))))
    print(plain(repr(asyncio.get_running_loop().call_later(9, scope.cancel))))


for each in (CancelScope, asyncio.Timeout, asyncio.TaskGroup, asyncio.Task, asyncio.tasks._PyTask):
    ask_about_class(each)
for module in (asyncio.tasks, asyncio.timeouts, asyncio.taskgroups, anyio._backends._asyncio):
    print(plain(module.__spec__), plain(module.__loader__), module.__loader__ is module.__spec__.loader,
          module.__file__, type(module.__loader__), sorted(vars(module)))
asyncio.run(bound())

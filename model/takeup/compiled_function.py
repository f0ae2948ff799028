"""Functions compiled by numba, of which only those that Python calls become machine code.

By default, numba optimises every function and translates it to machine code, and does so again in each compiled
caller, which has a copy. Here a function that compiled code calls is only translated to LLVM's intermediate
representation and simplified. It is optimised together with its callers, once.

The module defines a compiler pipeline, as numba's documentation describes, and replaces two private methods of
numba's code library. Without these methods, compiling would take longer, and give the same results.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from numba.core.codegen import JITCodeLibrary
from numba.core.compiler import CompilerBase, DefaultPassBuilder
from numba.core.compiler_machinery import PassManager, register_pass
from numba.core.registry import CPUDispatcher
from numba.core.typed_passes import NativeLowering
from numba.core.types import Dispatcher


class CompiledFunction(CPUDispatcher):
    """A function that is compiled on its first call, separately for Python and for compiled callers.

    The variant for Python has a wrapper that unpacks the arguments, and may be cached on disk. The variant for
    compiled callers, whose machine code contains it, has neither: both take long for tuples of arrays, and most
    functions are called only by compiled code.

    Args:
        function: function of numbers and arrays.
        creates_arrays: whether the function creates arrays, which needs the counting of references.
    """

    def __init__(self, function: Callable[..., Any], *, creates_arrays: bool) -> None:
        options = {"nopython": True, "nogil": True, "error_model": "numpy", "_nrt": creates_arrays}
        options |= {"boundscheck": None, "no_cfunc_wrapper": True}
        super().__init__(function, targetoptions=options)
        self._variant = _LinkedFunction(
            function, targetoptions=options | {"no_cpython_wrapper": True}, pipeline_class=_LinkedCompiler
        )

    @property
    def _numba_type_(self) -> Dispatcher[Any]:
        """Type by which numba knows the function in compiled callers."""
        return Dispatcher(self._variant)


class _LinkedFunction(CPUDispatcher):
    """A function that only compiled code calls."""

    def add_overload(self, cres: Any) -> None:
        """Store a compiled signature, without an entry point for Python."""
        self.overloads[tuple(cres.signature.args)] = cres


class _LinkedLibrary(JITCodeLibrary):
    """Code that is optimised and translated to machine code only as a part of its callers."""

    def _optimize_final_module(self) -> None:
        """Do not optimise the code."""

    def _finalize_final_module(self) -> None:
        """Do not translate the code to machine code."""
        self._finalized = True


@register_pass(mutates_CFG=True, analysis_only=False)
class _LinkedLowering(NativeLowering):
    """Translation of a typed function to code that its callers copy."""

    _name = "takeup_linked_lowering"

    def run_pass(self, state: Any) -> bool:
        """Translate the function of a compiler's state, and register it for compiled callers."""
        state.library = _LinkedLibrary(state.targetctx.codegen(), state.func_id.func_qualname)
        state.flags.no_compile = True
        super().run_pass(state)
        function = state.func_id.func
        state.targetctx.insert_user_function(function, state["cr"].fndesc, [state.library])
        state["cr"] = state["cr"]._replace(cfunc=function)
        return True


class _LinkedCompiler(CompilerBase):
    """Compiler of functions that only compiled code calls."""

    def define_pipelines(self) -> list[PassManager]:
        """Return numba's own steps, except for the translation."""
        manager = DefaultPassBuilder.define_nopython_pipeline(self.state)
        manager.passes = [
            (_LinkedLowering if step is NativeLowering else step, title) for step, title in manager.passes
        ]
        manager.finalize()
        return [manager]

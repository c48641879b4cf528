"""How numba compiles the parser's kernels: all that one entry calls, as one LLVM module.

numba optimises a kernel together with all below it, makes machine code of that, and does so again
in each caller: a kernel eight calls deep goes through LLVM nine times. Here an inner kernel, which
kernels alone call, stays as it was lowered. Below an entry, which Python calls, all are put
together, optimised and made machine code of once. That halved what LLVM does, and more.

The compilers are numba's own, told so by its switch ``pipeline_class``. They leave out passes that
find nothing in such kernels. What is here hangs on numba's inside, and so does the version of
numba that pyproject.toml allows.
"""

from typing import Any

import numba
from numba.core import compiler, typed_passes, untyped_passes
from numba.core.codegen import JITCodeLibrary

_numba: Any = numba  # it has no types
_Library: Any = JITCodeLibrary
_Compiler: Any = compiler.Compiler
_NumbasFlags: Any = compiler.Flags

COMPILED = "_ZN"  # how names of compiled functions begin
# closures, arrays as values, with-blocks, loops over tuples, branches on the type of an argument:
# kernels have none of these; each pass costs a look at every instruction
NEEDLESS = {
    untyped_passes.DeadBranchPrune,
    untyped_passes.FindLiterallyCalls,
    untyped_passes.InlineClosureLikes,
    untyped_passes.InlineInlinables,
    untyped_passes.LiteralPropagationSubPipelinePass,
    untyped_passes.LiteralUnroll,
    untyped_passes.MakeFunctionToJitFunction,
    untyped_passes.RewriteDynamicRaises,
    untyped_passes.RewriteSemanticConstants,
    untyped_passes.WithLifting,
    typed_passes.DumpParforDiagnostics,
    typed_passes.InlineOverloads,
    typed_passes.NopythonRewrites,
}


class _UnoptimisedLibrary(_Library):  # type: ignore[misc]
    def _optimize_functions(self, module: Any) -> None:
        """Leave that to the optimisation of the whole; tell only how data lies."""
        module.data_layout = self._codegen._data_layout  # noqa: SLF001 has no public name


class InnerLibrary(_UnoptimisedLibrary):
    """What an inner kernel was lowered to. It is never run by itself."""

    def finalize(self) -> None:
        """Be ready to be linked, as it is."""
        self._finalized = True


class EntryLibrary(_UnoptimisedLibrary):
    """Machine code of a kernel that Python calls, and of all below it."""

    def finalize(self) -> None:
        """Link all that lies below, optimise it and make machine code."""
        # LLVM takes from a module only what is asked for by then: so callers come first
        self._linking_libraries = list(reversed(_below(self, {})))
        super().finalize()

    def _optimize_final_module(self) -> None:
        # once: numba's first round makes ready for leaving out counts of references
        passes, builder = self._codegen._module_pass_manager()  # noqa: SLF001 has no public name
        passes.run(self._final_module, builder)

    def _verify_declare_only_symbols(self) -> None:
        """Refuse a module that calls a kernel which is not in it; to run it would be a crash."""
        for one in self._final_module.functions:
            if one.is_declaration and one.name.startswith(COMPILED):
                raise RuntimeError(f"kernel {self.name}: {one.name} is not linked, expected it")


class _Flags(_NumbasFlags):  # type: ignore[misc]
    """The switches, compared by what was set: numba compares them for each call it looks at.

    Its own way writes all fifty into a table each time, which was a tenth of compiling.
    """

    __slots__ = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Flags) and self._values == other._values

    def __hash__(self) -> int:
        return hash(_Flags)


class _KernelCompiler(_Compiler):  # type: ignore[misc]
    def define_pipelines(self) -> list[Any]:
        """Return numba's passes less those that find nothing."""
        (passes,) = super().define_pipelines()
        passes.passes = [one for one in passes.passes if one[0] not in NEEDLESS]
        passes.finalize()
        return [passes]

    def _compile_into(self, library: Any, function: Any) -> Any:
        self.state.library = library
        self.state.flags = _Flags(self.state.flags)
        return super().compile_extra(function)


class EntryCompiler(_KernelCompiler):
    """Compiles a kernel that Python calls."""

    def compile_extra(self, function: Any) -> Any:
        """Compile a function."""
        library = EntryLibrary(self.state.targetctx.codegen(), function.__qualname__)
        library.enable_object_caching()
        return self._compile_into(library, function)


class InnerCompiler(_KernelCompiler):
    """Compiles a kernel that kernels alone call."""

    def compile_extra(self, function: Any) -> Any:
        """Compile a function, but for its machine code."""
        context = self.state.targetctx  # a copy for this function
        context.get_executable = _stand_in
        return self._compile_into(InnerLibrary(context.codegen(), function.__qualname__), function)


def _below(library: Any, found: dict[Any, None]) -> dict[Any, None]:
    """Add what lies below a library, each behind what it calls."""
    for one in library._linking_libraries:  # noqa: SLF001 has no public name
        if one not in found:
            if isinstance(one, InnerLibrary):
                _below(one, found)
            found[one] = None
    return found


def _stand_in(library: Any, description: Any, environment: Any) -> Any:
    """Return what numba knows an inner kernel by. No code is behind it."""
    make: Any = _numba._dynfunc.make_function  # noqa: SLF001 has no public name
    return make(description.lookup_module(), description.qualname, "", 0, environment, (library,))

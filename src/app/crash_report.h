#pragma once
// What is left of a crash: on stderr one line with the reason and, below it, the frames of the thread that crashed; then the signal's
// default action, so that a core and the right wait status result.
//
//   holdfast 0.1.0 crashed: SIGSEGV at 0x10 (nothing is mapped there), pid 4121, thread holdfast-writer
//   build/release/holdfast(+0x3c1f2a)[0x55d0c1f2a]
//
// Frames are offsets: `addr2line -Cfie build/release/holdfast 0x3c1f2a` names function and line. Nothing else of the process is told: no
// environment, no arguments, no memory, and of an exception its type alone, since what() may quote a request.

namespace holdfast {

// Handles SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT and std::terminate from now on, in the whole process. Call once, first thing.
// False in a build with sanitizers, which tell more: then it does nothing.
bool install_crash_report() noexcept;

// Gives the calling thread a stack for the report, until it ends: without it, a thread that has used up its own stack ends without a word,
// though with the right status. install_crash_report() has done it for its caller.
void use_crash_stack() noexcept;

}  // namespace holdfast

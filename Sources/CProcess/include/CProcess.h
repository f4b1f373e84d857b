#pragma once
#include <sys/types.h>

/// What to start, and as whom. All pointers are read before the call returns.
struct process_request {
  const char *_Nonnull path;
  char *_Nullable const *_Nonnull arguments;
  char *_Nullable const *_Nonnull environment;
  const char *_Nonnull directory;
  /// Gets the standard output and the standard error.
  int output;
  /// Whether to become `user` and `group`, with no further groups.
  int drops_privileges;
  uid_t user;
  gid_t group;
};

/// How far a child that failed had got.
enum process_stage {
  process_stage_none,
  process_stage_fork,
  process_stage_privileges,
  process_stage_directory,
  process_stage_exec,
};

struct process_result {
  /// The child, or -1.
  pid_t pid;
  enum process_stage failed_stage;
  /// The errno of the stage that failed.
  int error;
};

/// Starts a child in a session of its own, with only the standard files open.
///
/// On Linux the child gets SIGINT when this process dies, however it dies.
struct process_result process_start(const struct process_request *_Nonnull request);

/// Whether waiting for the child has ended: its exit status, -1 while it runs, -2 when it is no
/// child of this process. A death by a signal is 128 plus its number.
int process_poll(pid_t pid);

/// Has the C library give large blocks back to the system when they are freed, and keep one heap
/// for all threads; call it once, before there are others.
///
/// Left to itself it keeps a heap for each thread and holes where large blocks were.
void process_bound_heap(void);

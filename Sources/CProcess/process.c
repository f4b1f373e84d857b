// Fork and exec with privileges dropped, which neither Foundation nor posix_spawn can do.

#define _GNU_SOURCE
#include "CProcess.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __GLIBC__
#include <malloc.h>
#endif

#ifdef __linux__
#include <sys/prctl.h>
#include <sys/syscall.h>
#endif

struct failure {
  enum process_stage stage;
  int error;
};

static void fail(int pipe_end, enum process_stage stage) {
  struct failure failure = {stage, errno};
  ssize_t ignored = write(pipe_end, &failure, sizeof failure);
  (void)ignored;
  _exit(127);
}

static void close_all_from(int first) {
#ifdef SYS_close_range
  if (syscall(SYS_close_range, first, ~0U, 0) == 0) return;
#endif
  long limit = sysconf(_SC_OPEN_MAX);
  if (limit < 0 || limit > 65536) limit = 65536;
  for (int file = first; file < limit; file++) close(file);
}

static int drop_privileges(const struct process_request *request) {
  if (setgroups(0, NULL) != 0) return -1;
#ifdef __linux__
  if (setresgid(request->group, request->group, request->group) != 0) return -1;
  return setresuid(request->user, request->user, request->user);
#else
  if (setgid(request->group) != 0) return -1;
  return setuid(request->user);
#endif
}

// Runs in the child, between fork and exec: async-signal-safe calls only.
static void become(const struct process_request *request, int report, pid_t parent) {
  setsid();

  // The files first, and the report among them at a known place.
  int input = open("/dev/null", O_RDONLY);
  if (report < 10) report = fcntl(report, F_DUPFD, 10);
  int output = fcntl(request->output, F_DUPFD, 11);
  dup2(input, STDIN_FILENO);
  dup2(output, STDOUT_FILENO);
  dup2(output, STDERR_FILENO);
  dup2(report, 3);
  fcntl(3, F_SETFD, FD_CLOEXEC);
  close_all_from(4);
  report = 3;

  // Threads of a runtime block or ignore signals that the child must hear.
  static const int signals[] = {SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGPIPE, SIGCHLD, SIGUSR1};
  for (size_t i = 0; i < sizeof signals / sizeof *signals; i++) signal(signals[i], SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  sigprocmask(SIG_SETMASK, &none, NULL);

  if (request->drops_privileges && drop_privileges(request) != 0) {
    fail(report, process_stage_privileges);
  }
#ifdef __linux__
  // After the change of user, which would clear it.
  prctl(PR_SET_PDEATHSIG, SIGINT);
  if (getppid() != parent) _exit(127);
#endif
  if (chdir(request->directory) != 0) fail(report, process_stage_directory);
  execve(request->path, request->arguments, request->environment);
  fail(report, process_stage_exec);
}

static struct process_result start_here(const struct process_request *request) {
  struct process_result result = {-1, process_stage_fork, 0};
  int ends[2];
  if (pipe(ends) != 0) {
    result.error = errno;
    return result;
  }
  fcntl(ends[0], F_SETFD, FD_CLOEXEC);
  fcntl(ends[1], F_SETFD, FD_CLOEXEC);

  pid_t parent = getpid();
  pid_t child = fork();
  if (child == 0) become(request, ends[1], parent);
  result.error = errno;
  close(ends[1]);
  if (child > 0) {
    struct failure failure;
    ssize_t count;
    do count = read(ends[0], &failure, sizeof failure);
    while (count < 0 && errno == EINTR);
    if (count == (ssize_t)sizeof failure) {
      while (waitpid(child, NULL, 0) < 0 && errno == EINTR) {}
      result.failed_stage = failure.stage;
      result.error = failure.error;
    } else {
      result = (struct process_result){child, process_stage_none, 0};
    }
  }
  close(ends[0]);
  return result;
}

// PR_SET_PDEATHSIG fires when the *thread* that forked ends, so all children come from one thread
// that never does. `turn` lets one caller at a time use it.
static pthread_mutex_t turn = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static const struct process_request *pending;
static struct process_result answer;
static int has_thread;

static void *serve(void *unused) {
  (void)unused;
  pthread_mutex_lock(&lock);
  for (;;) {
    while (!pending) pthread_cond_wait(&changed, &lock);
    answer = start_here(pending);
    pending = NULL;
    pthread_cond_broadcast(&changed);
  }
  return NULL;
}

static void make_thread(void) {
  pthread_t thread;
  has_thread = pthread_create(&thread, NULL, serve, NULL) == 0;
  if (has_thread) pthread_detach(thread);
}

struct process_result process_start(const struct process_request *request) {
  pthread_once(&once, make_thread);
  if (!has_thread) return (struct process_result){-1, process_stage_fork, EAGAIN};
  pthread_mutex_lock(&turn);
  pthread_mutex_lock(&lock);
  pending = request;
  pthread_cond_broadcast(&changed);
  while (pending) pthread_cond_wait(&changed, &lock);
  struct process_result result = answer;
  pthread_mutex_unlock(&lock);
  pthread_mutex_unlock(&turn);
  return result;
}

int process_poll(pid_t pid) {
  int status;
  pid_t ended;
  do ended = waitpid(pid, &status, WNOHANG);
  while (ended < 0 && errno == EINTR);
  if (ended == 0) return -1;
  if (ended < 0) return -2;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void process_bound_heap(void) {
#ifdef __GLIBC__
  mallopt(M_MMAP_THRESHOLD, 128 * 1024);
  mallopt(M_ARENA_MAX, 1);
#endif
}

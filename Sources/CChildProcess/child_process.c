#define _GNU_SOURCE
#include "child_process.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

struct report {
    int error;
    int without_network;
    int with_limits;
};

static int limit(int what, rlim_t most) {
    struct rlimit now;
    if (getrlimit(what, &now)) return -1;
    if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
    now.rlim_cur = now.rlim_max = most;
    return setrlimit(what, &now);
}

/* Between fork and exec: only calls that are safe there. */
static void become(const struct duka_launch *launch, int in, int out, int err, int tell) {
    struct report report = {0, 0, 0};
    sigset_t none;
    struct sigaction plain = {.sa_handler = SIG_DFL};
    for (int number = 1; number < NSIG; number++) sigaction(number, &plain, NULL);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    setpgid(0, 0);
    /* The thread that starts a child lives as long as the child does, so this means: when the shop dies. */
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    /* The pipe that tells must not be among 0 to 2. */
    int kept = fcntl(tell, F_DUPFD_CLOEXEC, 3);
    if (kept < 0 || dup2(in, 0) < 0 || dup2(out, 1) < 0 || dup2(err, 2) < 0) _exit(127);
    if (kept > 3) syscall(SYS_close_range, 3, kept - 1, 0);
    syscall(SYS_close_range, kept + 1, ~0U, 0);
    if (launch->cut_network)
        report.without_network = !unshare(CLONE_NEWNET) || !unshare(CLONE_NEWUSER | CLONE_NEWNET);
    report.with_limits = !limit(RLIMIT_AS, launch->memory_bytes) & !limit(RLIMIT_NOFILE, 64) &
                         !limit(RLIMIT_CORE, 0) & !limit(RLIMIT_FSIZE, 0);
    if (chdir(launch->folder)) report.error = errno;
    if (!report.error) {
        ssize_t told = write(kept, &report, sizeof report);
        (void)told;
        execve(launch->program, launch->arguments, launch->environment);
        report.error = errno;
    }
    ssize_t told = write(kept, &report, sizeof report);
    (void)told;
    _exit(127);
}

static void close_both(int pair[2]) {
    close(pair[0]);
    close(pair[1]);
}

int duka_spawn(const struct duka_launch *launch, struct duka_child *child) {
    int in[2], out[2], err[2], tell[2];
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, in)) return errno;
    if (pipe2(out, O_CLOEXEC)) { int code = errno; close_both(in); return code; }
    if (pipe2(err, O_CLOEXEC)) { int code = errno; close_both(in); close_both(out); return code; }
    if (pipe2(tell, O_CLOEXEC)) { int code = errno; close_both(in); close_both(out); close_both(err); return code; }
    sigset_t all, before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    pid_t pid = fork();
    if (pid == 0) become(launch, in[1], out[1], err[1], tell[1]);
    int code = errno;
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    close(in[1]);
    close(out[1]);
    close(err[1]);
    close(tell[1]);
    /* One report before exec, a second one when exec failed. */
    struct report first = {0, 0, 0}, second = {0, 0, 0};
    ssize_t one = -1, two = -1;
    if (pid > 0) {
        do one = read(tell[0], &first, sizeof first); while (one < 0 && errno == EINTR);
        if (one == sizeof first && !first.error)
            do two = read(tell[0], &second, sizeof second); while (two < 0 && errno == EINTR);
        code = one != sizeof first ? EIO : first.error ? first.error : two == sizeof second ? second.error : 0;
    }
    close(tell[0]);
    if (pid > 0 && !code) {
        child->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
        if (child->pidfd < 0) code = errno;
        else fcntl(child->pidfd, F_SETFD, FD_CLOEXEC);
    }
    if (pid <= 0 || code) {
        if (pid > 0) {
            kill(pid, SIGKILL);
            while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {}
        }
        close(in[0]);
        close(out[0]);
        close(err[0]);
        return code;
    }
    child->pid = pid;
    child->input = in[0];
    child->output = out[0];
    child->errors = err[0];
    child->without_network = first.without_network;
    child->with_limits = first.with_limits;
    return 0;
}

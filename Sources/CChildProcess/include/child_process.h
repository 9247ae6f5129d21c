#ifndef DUKA_CHILD_PROCESS_H
#define DUKA_CHILD_PROCESS_H

#include <stdint.h>
#include <sys/types.h>

/* What a child is given. Swift can neither fork nor name the calls that come between fork and exec. */
struct duka_launch {
    const char *program; /* with a slash: nothing is looked for */
    char *const *arguments;
    char *const *environment;
    const char *folder;
    uint64_t memory_bytes;
    int cut_network;
};

struct duka_child {
    pid_t pid;
    int pidfd;
    int input, output, errors; /* ours: input is a socket, the others are pipes */
    int without_network;       /* the walls that stand */
    int with_limits;
};

/* 0, or the error number of the step that failed. */
int duka_spawn(const struct duka_launch *launch, struct duka_child *child);

#endif

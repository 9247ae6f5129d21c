// What libmicrohttpd can do at most: one answer, bytes and headers as captured from the shop, on event loops of our own.
//
//   page PORT LOOPS ANSWER [DATABASE]
//
// ANSWER is a file with a whole HTTP answer. With DATABASE, the last part of the path is hashed and the order with that
// hash is read first, as the shop does; 404 when there is none.
#define _GNU_SOURCE
#include <microhttpd.h>
#include <openssl/sha.h>
#include <pthread.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>

static char *body;
static size_t body_length;
static char *headers[64][2];
static int header_count;

struct loop {
    struct MHD_Daemon *daemon;
    struct MHD_Response *answer, *missing;
    sqlite3 *database;
    sqlite3_stmt *select;
    pthread_t thread;
};

static void fail(const char *what) {
    fprintf(stderr, "page: %s\n", what);
    exit(1);
}

static void read_answer(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) fail("cannot open the answer");
    static char text[1 << 20];
    size_t length = fread(text, 1, sizeof text - 1, file);
    fclose(file);
    char *end = strstr(text, "\r\n\r\n");
    if (!end) fail("the answer has no head");
    body = end + 4;
    body_length = length - (size_t)(body - text);
    *end = 0;
    char *line = strstr(text, "\r\n");
    while (line) {
        line += 2;
        char *next = strstr(line, "\r\n");
        if (next) *next = 0;
        char *colon = strstr(line, ": ");
        if (!colon || header_count == 64) fail("a header does not read");
        *colon = 0;
        // The library writes these itself.
        if (strcasecmp(line, "Date") && strcasecmp(line, "Content-Length") && strcasecmp(line, "Connection")) {
            headers[header_count][0] = line;
            headers[header_count++][1] = colon + 2;
        }
        line = next;
    }
}

static int is_there(struct loop *loop, const char *url) {
    const char *token = strrchr(url, '/') + 1;
    unsigned char key[32];
    SHA256((const unsigned char *)token, strlen(token), key);
    sqlite3_bind_blob(loop->select, 1, key, sizeof key, SQLITE_STATIC);
    int found = sqlite3_step(loop->select) == SQLITE_ROW && sqlite3_column_bytes(loop->select, 0) > 0
        && sqlite3_column_text(loop->select, 0) && sqlite3_column_int64(loop->select, 1) > 0;
    sqlite3_reset(loop->select);
    return found;
}

static enum MHD_Result handle(void *context, struct MHD_Connection *connection, const char *url, const char *method,
                              const char *version, const char *data, size_t *size, void **request) {
    (void)method, (void)version, (void)data, (void)size;
    struct loop *loop = context;
    if (!*request) {
        *request = loop;
        return MHD_YES;
    }
    if (loop->select && !is_there(loop, url)) return MHD_queue_response(connection, 404, loop->missing);
    return MHD_queue_response(connection, 200, loop->answer);
}

static void *run(void *context) {
    struct loop *loop = context;
    int daemon = MHD_get_daemon_info(loop->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
    int set = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN};
    epoll_ctl(set, EPOLL_CTL_ADD, daemon, &event);
    for (;;) {
        MHD_UNSIGNED_LONG_LONG timeout;
        int wait = 1000;
        if (MHD_get_timeout(loop->daemon, &timeout) == MHD_YES && timeout < 1000) wait = (int)timeout;
        if (wait) epoll_wait(set, &event, 1, wait);
        MHD_run(loop->daemon);
    }
    return NULL;
}

int main(int count, char **arguments) {
    if (count < 4) fail("usage: page PORT LOOPS ANSWER [DATABASE]");
    int loops = atoi(arguments[2]);
    read_answer(arguments[3]);
    struct loop *all = calloc((size_t)loops, sizeof *all);
    for (struct loop *loop = all; loop < all + loops; loop++) {
        loop->answer = MHD_create_response_from_buffer(body_length, body, MHD_RESPMEM_PERSISTENT);
        loop->missing = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
        for (int i = 0; i < header_count; i++)
            if (MHD_add_response_header(loop->answer, headers[i][0], headers[i][1]) != MHD_YES) fail("a header is refused");
        if (count > 4) {
            if (sqlite3_open_v2(arguments[4], &loop->database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL))
                fail("cannot open the database");
            sqlite3_exec(loop->database, "PRAGMA query_only = 1", NULL, NULL, NULL);
            if (sqlite3_prepare_v3(loop->database, "SELECT id, version FROM orders WHERE page_key = ?", -1,
                                   SQLITE_PREPARE_PERSISTENT, &loop->select, NULL))
                fail(sqlite3_errmsg(loop->database));
        }
        loop->daemon = MHD_start_daemon(
            MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, (uint16_t)atoi(arguments[1]), NULL, NULL, handle, loop,
            MHD_OPTION_LISTENING_ADDRESS_REUSE, 1u, MHD_OPTION_CONNECTION_LIMIT, 4096u, MHD_OPTION_CONNECTION_TIMEOUT, 30u,
            MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384, MHD_OPTION_LISTEN_BACKLOG_SIZE, 1024u, MHD_OPTION_END);
        if (!loop->daemon) fail("cannot listen");
        pthread_create(&loop->thread, NULL, run, loop);
    }
    pthread_join(all->thread, NULL);
}

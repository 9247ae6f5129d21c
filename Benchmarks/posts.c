// Posts each line of a file once over keep-alive connections and measures the answers.
//
//   posts PORT CONNECTIONS TYPE FILE [LOCATIONS]
//
// A line is path, tab, body. The Location headers of the answers go to the file LOCATIONS, one a line.
#define _GNU_SOURCE
#include "timing.h"
#include <arpa/inet.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

struct connection {
    int socket;
    double begun;
    size_t got;
    char answer[16384];
};

static char *next, *end;
static const char *type;
static FILE *locations;
static float *latencies;
static size_t samples;
static uint64_t done, errors;
static int open_connections;

static void fail(const char *what) {
    perror(what);
    exit(1);
}

// Sends the next line of the file; closes the connection when there is none.
static void post(struct connection *connection) {
    static char request[65536];
    if (next >= end) {
        close(connection->socket);
        open_connections--;
        return;
    }
    char *line_end = memchr(next, '\n', (size_t)(end - next));
    char *tab = memchr(next, '\t', (size_t)(line_end - next));
    int length = snprintf(request, sizeof request,
        "POST %.*s HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n%.*s",
        (int)(tab - next), next, type, (int)(line_end - tab - 1), (int)(line_end - tab - 1), tab + 1);
    next = line_end + 1;
    connection->begun = seconds();
    connection->got = 0;
    if (write(connection->socket, request, (size_t)length) != length) fail("write");
}

// Whether the whole answer is there.
static int is_whole(struct connection *connection) {
    connection->answer[connection->got] = 0;
    char *head_end = strstr(connection->answer, "\r\n\r\n");
    if (!head_end) return 0;
    char *length = strcasestr(connection->answer, "\r\nContent-Length:");
    size_t body = length && length < head_end ? (size_t)atoi(length + 17) : 0;
    return connection->got >= (size_t)(head_end + 4 - connection->answer) + body;
}

static void take(struct connection *connection) {
    latencies[samples++] = (float)(seconds() - connection->begun);
    done++;
    char kind = connection->answer[9];
    if (kind != '2' && kind != '3') errors++;
    char *location = locations ? strcasestr(connection->answer, "\r\nLocation: ") : NULL;
    if (location) fprintf(locations, "%.*s\n", (int)strcspn(location + 12, "\r"), location + 12);
}

int main(int count, char **arguments) {
    if (count < 5) return 64;
    int connections = atoi(arguments[2]), file = open(arguments[4], O_RDONLY);
    type = arguments[3];
    struct stat state;
    if (file < 0 || fstat(file, &state)) fail(arguments[4]);
    next = malloc((size_t)state.st_size);
    end = next + state.st_size;
    for (char *place = next; place < end;) {
        ssize_t got = read(file, place, (size_t)(end - place));
        if (got <= 0) fail("read");
        place += got;
    }
    locations = count > 5 ? fopen(arguments[5], "a") : NULL;
    latencies = malloc((size_t)state.st_size / 8 * sizeof *latencies);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(arguments[1]))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    struct connection *all = calloc((size_t)connections, sizeof *all);
    int set = epoll_create1(0), on = 1;
    for (int i = 0; i < connections; i++) {
        all[i].socket = socket(AF_INET, SOCK_STREAM, 0);
        if (connect(all[i].socket, (struct sockaddr *)&address, sizeof address)) fail("connect");
        setsockopt(all[i].socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &all[i]};
        epoll_ctl(set, EPOLL_CTL_ADD, all[i].socket, &event);
        open_connections++;
    }
    double start = seconds();
    for (int i = 0; i < connections; i++) post(&all[i]);
    while (open_connections > 0) {
        struct epoll_event events[64];
        int ready = epoll_wait(set, events, 64, 30000);
        if (ready <= 0) fail("the answers stopped");
        for (int i = 0; i < ready; i++) {
            struct connection *connection = events[i].data.ptr;
            ssize_t got = read(connection->socket, connection->answer + connection->got,
                               sizeof connection->answer - 1 - connection->got);
            if (got <= 0) {
                fprintf(stderr, "posts: a connection was closed\n");
                exit(1);
            }
            connection->got += (size_t)got;
            if (!is_whole(connection)) continue;
            take(connection);
            post(connection);
        }
    }
    double took = seconds() - start;
    if (locations) fclose(locations);
    fprintf(stderr, "%llu %llu\n", (unsigned long long)done, (unsigned long long)errors);
    report(latencies, samples, done, took);
}

#pragma once
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

/* Takes a va_list, which Swift cannot declare in a C function: the log of MHD goes nowhere. */
static inline void cmhd_no_log(void *_Nullable cls, const char *_Nullable format, va_list arguments) {
    (void)cls;
    (void)format;
    (void)arguments;
}

/* Returns NULL or void: Swift has no name for this callback type. */
typedef void *_Nullable (*cmhd_target_callback)(void *_Nullable cls, const char *_Nullable target,
                                                struct MHD_Connection *_Nullable connection);

/* MHD_start_daemon is variadic. */
static inline struct MHD_Daemon *_Nullable cmhd_start(
    int listener, unsigned connections, unsigned idle_seconds, size_t memory_bytes, void *_Nonnull cls,
    MHD_AccessHandlerCallback _Nonnull access, cmhd_target_callback _Nonnull target,
    MHD_RequestCompletedCallback _Nonnull completed, MHD_NotifyConnectionCallback _Nonnull connection) {
    return MHD_start_daemon(
        MHD_USE_EPOLL | MHD_USE_TURBO | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, access, cls,
        MHD_OPTION_EXTERNAL_LOGGER, cmhd_no_log, NULL, MHD_OPTION_LISTEN_SOCKET, listener,
        MHD_OPTION_CONNECTION_LIMIT, connections, MHD_OPTION_CONNECTION_TIMEOUT, idle_seconds,
        MHD_OPTION_CONNECTION_MEMORY_LIMIT, memory_bytes, MHD_OPTION_STRICT_FOR_CLIENT, 1,
        MHD_OPTION_SIGPIPE_HANDLED_BY_APP, 1, MHD_OPTION_URI_LOG_CALLBACK, target, cls,
        MHD_OPTION_NOTIFY_COMPLETED, completed, cls, MHD_OPTION_NOTIFY_CONNECTION, connection, cls, MHD_OPTION_END);
}

/* MHD_get_daemon_info is variadic and answers with an anonymous union. */
static inline int cmhd_epoll(struct MHD_Daemon *_Nonnull daemon) {
    return MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

/* MHD_get_connection_info is variadic and answers with a union. */
static inline int cmhd_socket(struct MHD_Connection *_Nonnull connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}
static inline const struct sockaddr *_Nullable cmhd_peer(struct MHD_Connection *_Nonnull connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)->client_addr;
}
static inline void *_Nullable cmhd_context(struct MHD_Connection *_Nonnull connection) {
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

/* epoll_event is packed and holds a union. */
static inline int cmhd_epoll_add(int epoll, int fd, uint32_t events) {
    struct epoll_event event = {.events = events, .data.u64 = (uint32_t)fd};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}
static inline int cmhd_epoll_wait(int epoll, int32_t *_Nonnull fds, int most, int milliseconds) {
    struct epoll_event events[64];
    int count = epoll_wait(epoll, events, most < 64 ? most : 64, milliseconds);
    for (int i = 0; i < count; i++) fds[i] = (int32_t)events[i].data.u64;
    return count;
}

/* struct tcp_info is full of bit fields: milliseconds since the peer last sent data, -1 when unknown. */
static inline int64_t cmhd_since_data(int fd) {
    struct tcp_info info = {0};
    socklen_t size = sizeof info;
    return getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &size) == 0 ? (int64_t)info.tcpi_last_data_recv : -1;
}

// What libmariadb can do at most, without HTTP.
//
//   mariadb_limits SOCKET DATABASE commits SECONDS BYTES         one connection, one durable row as the intake writes it
//   mariadb_limits SOCKET DATABASE selects SECONDS CONNECTIONS   an order by its page's key, then the order's lines
#include "timing.h"
#include <mysql.h>
#include <pthread.h>
#include <string.h>

static const char *socket_path, *database;
static double until;

static void fail(const char *what, const char *why) {
    fprintf(stderr, "mariadb_limits: %s: %s\n", what, why);
    exit(1);
}

static MYSQL *connected(void) {
    MYSQL *server = mysql_init(NULL);
    if (!mysql_real_connect(server, "localhost", "duka", "duka", database, 0, socket_path, 0)) fail("connect", mysql_error(server));
    return server;
}

static MYSQL_STMT *prepare(MYSQL *server, const char *sql) {
    MYSQL_STMT *statement = mysql_stmt_init(server);
    if (mysql_stmt_prepare(statement, sql, strlen(sql))) fail(sql, mysql_stmt_error(statement));
    return statement;
}

static MYSQL_BIND value(enum enum_field_types type, void *bytes, unsigned long length) {
    MYSQL_BIND bind;
    memset(&bind, 0, sizeof bind);
    bind.buffer_type = type;
    bind.buffer = bytes;
    bind.buffer_length = length;
    return bind;
}

static void execute(MYSQL_STMT *statement) {
    if (mysql_stmt_execute(statement)) fail("execute", mysql_stmt_error(statement));
}

struct worker {
    pthread_t thread;
    unsigned char (*keys)[32];
    char (*ids)[33];
    int orders, number;
    uint64_t done;
    size_t samples;
    float *latencies;
};

static void *select_pairs(void *context) {
    struct worker *worker = context;
    MYSQL *server = connected();
    MYSQL_STMT *order = prepare(server,
        "SELECT id, number, version, last_hash, status, flags, language, delivery_code, delivery_en, delivery_sw, currency, "
        "goods_minor, delivery_minor, vat_minor, total_minor, applied_minor, stock_held, attempts_made, live_ticket, "
        "placed_at, expires_at, changed_at, cancelled_at, paid_at FROM orders WHERE page_key = ?");
    MYSQL_STMT *lines = prepare(server,
        "SELECT product_id, slug, name_en, name_sw, photo, quantity, unit_minor, vat_basis_points FROM order_lines "
        "WHERE order_id = ? ORDER BY position");
    char text[24][256];
    unsigned long lengths[24];
    MYSQL_BIND columns[24];
    for (int i = 0; i < 24; i++) {
        columns[i] = value(MYSQL_TYPE_STRING, text[i], sizeof text[i]);
        columns[i].length = &lengths[i];
    }
    mysql_stmt_bind_result(order, columns);
    mysql_stmt_bind_result(lines, columns);
    unsigned seed = (unsigned)worker->number;
    for (double begun = seconds(); begun < until;) {
        int place = rand_r(&seed) % worker->orders, found = 0;
        MYSQL_BIND key = value(MYSQL_TYPE_BLOB, worker->keys[place], 32), id = value(MYSQL_TYPE_STRING, worker->ids[place], 32);
        id.buffer_length = strlen(worker->ids[place]);
        mysql_stmt_bind_param(order, &key);
        execute(order);
        mysql_stmt_store_result(order);
        while (!mysql_stmt_fetch(order)) found++;
        mysql_stmt_free_result(order);
        mysql_stmt_bind_param(lines, &id);
        execute(lines);
        mysql_stmt_store_result(lines);
        while (!mysql_stmt_fetch(lines)) found++;
        mysql_stmt_free_result(lines);
        if (found < 2) fail("select", "an order is missing");
        double now = seconds();
        if (worker->samples < SAMPLES / 8) worker->latencies[worker->samples++] = (float)(now - begun);
        worker->done++;
        begun = now;
    }
    mysql_close(server);
    return NULL;
}

static void selects(double length, int connections) {
    MYSQL *server = connected();
    if (mysql_query(server, "SELECT page_key, id FROM orders LIMIT 20000")) fail("orders", mysql_error(server));
    MYSQL_RES *result = mysql_store_result(server);
    int orders = (int)mysql_num_rows(result);
    unsigned char (*keys)[32] = calloc((size_t)orders + 1, 32);
    char (*ids)[33] = calloc((size_t)orders + 1, 33);
    for (int i = 0; i < orders; i++) {
        MYSQL_ROW row = mysql_fetch_row(result);
        memcpy(keys[i], row[0], 32);
        snprintf(ids[i], 33, "%s", row[1]);
    }
    mysql_free_result(result);
    mysql_close(server);
    if (!orders) fail("selects", "there are no orders");
    struct worker *workers = calloc((size_t)connections, sizeof *workers);
    double start = seconds();
    until = start + length;
    for (int i = 0; i < connections; i++) {
        workers[i] = (struct worker){.keys = keys, .ids = ids, .orders = orders, .number = i + 1};
        workers[i].latencies = malloc(SAMPLES / 8 * sizeof(float));
        pthread_create(&workers[i].thread, NULL, select_pairs, &workers[i]);
    }
    uint64_t done = 0;
    size_t samples = 0;
    float *latencies = malloc((size_t)connections * (SAMPLES / 8) * sizeof *latencies);
    for (int i = 0; i < connections; i++) {
        pthread_join(workers[i].thread, NULL);
        done += workers[i].done;
        memcpy(latencies + samples, workers[i].latencies, workers[i].samples * sizeof *latencies);
        samples += workers[i].samples;
    }
    report(latencies, samples, done, seconds() - start);
}

static void commits(double length, int bytes) {
    MYSQL *server = connected();
    if (mysql_query(server, "CREATE TABLE IF NOT EXISTS bench_inbox LIKE inbox")) fail("table", mysql_error(server));
    MYSQL_STMT *insert = prepare(server,
        "INSERT INTO bench_inbox (id, instance, ticket, route, body_key, body_sealed, source, listed, received_at, state, "
        "tries, next_at) VALUES (?, 'mpesa', ?, 'prompt', ?, ?, '127.0.0.1', 1, ?, 'new', 0, ?) "
        "ON DUPLICATE KEY UPDATE id = bench_inbox.id");
    char *body = malloc((size_t)bytes), id[33], ticket[13];
    unsigned char key[32];
    for (int i = 0; i < bytes; i++) body[i] = (char)random();
    float *latencies = malloc(SAMPLES * sizeof *latencies);
    size_t samples = 0;
    uint64_t done = 0, start_id = (uint64_t)time(NULL) << 20;
    srandom((unsigned)time(NULL));
    long long at = 0;
    MYSQL_BIND values[] = {
        value(MYSQL_TYPE_STRING, id, 32), value(MYSQL_TYPE_STRING, ticket, 12), value(MYSQL_TYPE_BLOB, key, 32),
        value(MYSQL_TYPE_BLOB, body, (unsigned long)bytes), value(MYSQL_TYPE_LONGLONG, &at, 8), value(MYSQL_TYPE_LONGLONG, &at, 8),
    };
    mysql_stmt_bind_param(insert, values);
    double start = seconds(), now = start;
    while (now < start + length) {
        double begun = now;
        for (int i = 0; i < 32; i += 4) { int part = (int)random(); memcpy(key + i, &part, 4); }
        at = (long long)(start_id + done);
        snprintf(id, sizeof id, "%016llx%016llx", (unsigned long long)at, (unsigned long long)random());
        snprintf(ticket, sizeof ticket, "%012lld", (long long)random() % 3000);
        execute(insert);
        done++;
        now = seconds();
        if (samples < SAMPLES) latencies[samples++] = (float)(now - begun);
    }
    report(latencies, samples, done, now - start);
    mysql_close(server);
}

int main(int count, char **arguments) {
    if (count < 6) return 64;
    socket_path = arguments[1];
    database = arguments[2];
    mysql_library_init(0, NULL, NULL);
    if (!strcmp(arguments[3], "commits")) commits(atof(arguments[4]), atoi(arguments[5]));
    else selects(atof(arguments[4]), atoi(arguments[5]));
}

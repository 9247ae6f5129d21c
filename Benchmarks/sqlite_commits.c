// What SQLite can do at most with one commit for each message: rows as the shop's intake writes them, synchronous=FULL.
//
//   sqlite_commits DATABASE SECONDS BYTES [ROWS]
//
// BYTES is the length of the sealed body; ROWS in one commit, 1 unless given.
#include "timing.h"
#include <sqlite3.h>
#include <string.h>

static sqlite3 *database;

static void fail(void) {
    fprintf(stderr, "sqlite_commits: %s\n", sqlite3_errmsg(database));
    exit(1);
}

static void run(const char *sql) {
    if (sqlite3_exec(database, sql, NULL, NULL, NULL)) fail();
}

static sqlite3_stmt *prepare(const char *sql) {
    sqlite3_stmt *statement;
    if (sqlite3_prepare_v3(database, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL)) fail();
    return statement;
}

static void step(sqlite3_stmt *statement) {
    int code = sqlite3_step(statement);
    if (code != SQLITE_DONE && code != SQLITE_ROW) fail();
    sqlite3_reset(statement);
}

int main(int count, char **arguments) {
    if (count < 4) return 64;
    double length = atof(arguments[2]);
    int bytes = atoi(arguments[3]), rows = count > 4 ? atoi(arguments[4]) : 1;
    if (sqlite3_open_v2(arguments[1], &database, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL)) fail();
    run("PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA cache_size = -16384; "
        "PRAGMA journal_size_limit = 67108864; PRAGMA foreign_keys = 1");
    sqlite3_stmt *begin = prepare("BEGIN IMMEDIATE"), *commit = prepare("COMMIT"), *insert = prepare(
        "INSERT INTO inbox (id, instance, ticket, route, body_key, body_sealed, source, listed, received_at, state, tries, "
        "next_at) VALUES (?, 'mpesa', ?, 'prompt', ?, ?, '127.0.0.1', 1, ?, 'new', 0, ?) ON CONFLICT DO NOTHING");
    char *body = malloc((size_t)bytes), id[33], ticket[13];
    float *latencies = malloc(SAMPLES * sizeof *latencies);
    size_t samples = 0;
    uint64_t done = 0, start_id = (uint64_t)time(NULL) << 20;
    srandom((unsigned)time(NULL));
    for (int i = 0; i < bytes; i++) body[i] = (char)random();
    double start = seconds(), now = start;
    while (now < start + length) {
        double begun = now;
        step(begin);
        for (int row = 0; row < rows; row++, done++) {
            unsigned char key[32];
            for (int i = 0; i < 32; i += 4) { int part = (int)random(); memcpy(key + i, &part, 4); }
            snprintf(id, sizeof id, "%016llx%016llx", (unsigned long long)(start_id + done), (unsigned long long)random());
            snprintf(ticket, sizeof ticket, "%012lld", (long long)random() % 3000);
            sqlite3_bind_text(insert, 1, id, 32, SQLITE_STATIC);
            sqlite3_bind_text(insert, 2, ticket, 12, SQLITE_STATIC);
            sqlite3_bind_blob(insert, 3, key, 32, SQLITE_STATIC);
            sqlite3_bind_blob(insert, 4, body, bytes, SQLITE_STATIC);
            sqlite3_bind_int64(insert, 5, (sqlite3_int64)(start_id + done));
            sqlite3_bind_int64(insert, 6, (sqlite3_int64)(start_id + done));
            step(insert);
        }
        step(commit);
        now = seconds();
        if (samples < SAMPLES) latencies[samples++] = (float)(now - begun);
    }
    report(latencies, samples, done, now - start);
    sqlite3_close_v2(database);
}

#pragma once
#include <sqlite3.h>
/* statfs tells on which kind of file system the file lies; the Glibc module leaves it out. */
#include <sys/statfs.h>

/* SQLITE_TRANSIENT is a macro with a cast, which Swift cannot import: SQLite copies the bytes before these return. */
static inline int duka_sqlite3_bind_text(sqlite3_stmt *statement, int index, const char *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_text64(statement, index, bytes, count, SQLITE_TRANSIENT, SQLITE_UTF8);
}
static inline int duka_sqlite3_bind_blob(sqlite3_stmt *statement, int index, const void *bytes, sqlite3_uint64 count) {
    return sqlite3_bind_blob64(statement, index, bytes, count, SQLITE_TRANSIENT);
}

#pragma once
#include <zlib.h>

/* deflateInit2 is a macro with a sizeof: 15 bits of window, 16 asks for the gzip wrapper. */
static inline int czlib_gzip_start(z_stream *_Nonnull stream, int level) {
    return deflateInit2(stream, level, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
}

// Rates and percentiles, printed as one line of JSON.
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define SAMPLES 2000000

static double seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

static int by_size(const void *left, const void *right) {
    float a = *(const float *)left, b = *(const float *)right;
    return (a > b) - (a < b);
}

static void report(float *latencies, size_t count, uint64_t done, double took) {
    qsort(latencies, count, sizeof *latencies, by_size);
    printf("{\"rate\": %.1f, \"p50\": %.4f, \"p99\": %.4f}\n", (double)done / took,
           count ? latencies[count / 2] * 1e3 : 0, count ? latencies[count * 99 / 100] * 1e3 : 0);
}

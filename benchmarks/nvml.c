/* NVIDIA's management library as a driver with 8 cards and 20 programs would answer.
 *
 * FAKE_GPUS says how: `still`, `moving` (no value twice the same), `hanging` (30 s a call).
 * FAKE_PIDS names running processes, so that what is looked up for each can be found.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

typedef struct { unsigned number; } card;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2;
typedef struct { unsigned gpu, memory; } rates;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu, compute; } process;

enum { OK = 0, NOT_SUPPORTED = 3, TOO_SMALL = 7, CARDS = 8, PROGRAMS = 20 };

static const unsigned long long MIB = 1024ULL * 1024;
static card cards[CARDS] = {{0}, {1}, {2}, {3}, {4}, {5}, {6}, {7}};

static int is(const char *how) {
    const char *said = getenv("FAKE_GPUS");
    return said && !strcmp(said, how);
}

/* Between 0 and 1, otherwise for each card and at each moment. */
static double wave(unsigned number) {
    struct timespec now = {0, 0};
    if (is("moving")) clock_gettime(CLOCK_MONOTONIC, &now);
    return 0.5 + 0.5 * sin(now.tv_sec * 0.7 + now.tv_nsec * 0.7e-9 + number);
}

int nvmlInitWithFlags(unsigned flags) { return OK; }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return "some error"; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    if (is("hanging")) sleep(30);
    *count = CARDS;
    return OK;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, card **handle) {
    *handle = &cards[index];
    return OK;
}
int nvmlDeviceGetName(card *of, char *name, unsigned size) {
    snprintf(name, size, "NVIDIA A100-SXM4-80GB");
    return OK;
}
int nvmlDeviceGetUUID(card *of, char *uuid, unsigned size) {
    snprintf(uuid, size, "GPU-%u", of->number);
    return OK;
}
int nvmlDeviceGetMemoryInfo(card *of, memory *told) {
    told->total = 80 * 1024 * MIB;
    told->used = (20 + 40 * wave(of->number)) * 1024 * MIB;
    told->free = told->total - told->used;
    return OK;
}
int nvmlDeviceGetMemoryInfo_v2(card *of, memory_v2 *told) {
    memory plain;
    nvmlDeviceGetMemoryInfo(of, &plain);
    told->total = plain.total;
    told->free = plain.free;
    told->used = plain.used;
    told->reserved = 0;
    return OK;
}
int nvmlDeviceGetUtilizationRates(card *of, rates *told) {
    told->gpu = 100 * wave(of->number + 3);
    told->memory = 1;
    return OK;
}
int nvmlDeviceGetTemperature(card *of, int sensor, unsigned *told) {
    *told = 40 + 40 * wave(of->number + 5);
    return OK;
}
int nvmlDeviceGetPowerUsage(card *of, unsigned *told) {
    *told = 60000 + 300000 * wave(of->number + 7);
    return OK;
}
int nvmlDeviceGetEnforcedPowerLimit(card *of, unsigned *told) {
    *told = 400000;
    return OK;
}
int nvmlDeviceGetMigMode(card *of, unsigned *now, unsigned *pending) { return NOT_SUPPORTED; }

int nvmlDeviceGetComputeRunningProcesses_v3(card *of, unsigned *count, process *told) {
    const char *left = getenv("FAKE_PIDS");
    unsigned found = 0;
    for (unsigned at = 0; left && *left && at < PROGRAMS; at++) {
        char *end;
        unsigned pid = strtoul(left, &end, 10);
        left = *end ? end + 1 : end;
        if (at % CARDS != of->number) continue;
        if (told) told[found] = (process){pid, (1 + 4 * wave(at)) * 1024 * MIB, 0, 0};
        found++;
    }
    *count = found;
    return found && !told ? TOO_SMALL : OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(card *of, unsigned *count, process *told) {
    *count = 0;
    return OK;
}

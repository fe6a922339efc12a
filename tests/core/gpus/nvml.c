/* NVIDIA's management library as a driver with made-up cards would answer.
 *
 * The test sets what is wrong by fake_set(), in words: lost, old, hidden, bare, mig, mismatch,
 * unloaded, hang, hostile, vanished, denied, secret, unified.
 */
#include <string.h>
#include <stdio.h>
#include <unistd.h>

typedef struct { int number; int slice; } card;
typedef struct { unsigned long long total, free, used; } memory;
typedef struct { unsigned version; unsigned long long total, reserved, free, used; } memory_v2;
typedef struct { unsigned gpu, memory; } rates;
typedef struct { unsigned pid; unsigned long long used; unsigned gpu, compute; } process;

enum { OK = 0, NOT_SUPPORTED = 3, DENIED = 4, NOT_FOUND = 6, TOO_SMALL = 7, UNLOADED = 9,
       NO_FUNCTION = 13, LOST = 15, MISMATCH = 18 };

static const unsigned long long MIB = 1024ULL * 1024;
static char wrong[256];
static unsigned pids[8];
static card cards[2] = {{0, -1}, {1, -1}};
static card slices[2] = {{0, 0}, {0, 1}};

static int is(const char *what) { return strstr(wrong, what) != NULL; }

void fake_set(const char *words) { snprintf(wrong, sizeof wrong, "%s", words); }
void fake_pid(unsigned at, unsigned pid) { pids[at] = pid; }

static int gone(card *of) { return is("lost") && of->number == 1; }

int nvmlInitWithFlags(unsigned flags) {
    if (is("hang")) sleep(30);
    if (is("mismatch")) return MISMATCH;
    if (is("unloaded")) return UNLOADED;
    return is("denied") ? DENIED : OK;
}
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == LOST ? "GPU is lost" : "Some\033[31m error"; }

int nvmlDeviceGetCount_v2(unsigned *count) {
    if (is("mismatch")) return MISMATCH;
    *count = is("vanished") ? 1 : 2;
    return OK;
}
int nvmlDeviceGetHandleByIndex_v2(unsigned index, card **handle) {
    *handle = &cards[index];
    return gone(*handle) ? LOST : OK;
}
int nvmlDeviceGetName(card *of, char *name, unsigned size) {
    if (is("hostile")) snprintf(name, size, "RTX\033]0;x\007 \342\200\256evil");
    else if (of->slice >= 0) snprintf(name, size, "NVIDIA A100 MIG 3g.20gb");
    else snprintf(name, size, of->number ? "NVIDIA RTX A4000" : "NVIDIA GeForce RTX 4090");
    return OK;
}
int nvmlDeviceGetUUID(card *of, char *uuid, unsigned size) {
    if (of->slice >= 0) snprintf(uuid, size, "MIG-%d-%d", of->number, of->slice);
    else snprintf(uuid, size, "GPU-%d", of->number);
    return OK;
}
int nvmlDeviceGetMemoryInfo(card *of, memory *told) {
    if (is("unified")) return NOT_SUPPORTED;
    told->total = (of->number ? 16 : 24) * 1024 * MIB;
    told->free = 2048 * MIB;
    told->used = told->total - told->free;
    return OK;
}
int nvmlDeviceGetMemoryInfo_v2(card *of, memory_v2 *told) {
    memory plain;
    if (is("old")) return NO_FUNCTION;
    int code = nvmlDeviceGetMemoryInfo(of, &plain);
    if (code) return code;
    told->total = plain.total;
    told->free = plain.free;
    told->reserved = 512 * MIB;
    told->used = plain.used - told->reserved;
    return OK;
}
int nvmlDeviceGetUtilizationRates(card *of, rates *told) {
    if (is("bare") || is("mig")) return NOT_SUPPORTED;
    told->gpu = of->number ? 4 : 63;
    told->memory = 1;
    return OK;
}
int nvmlDeviceGetTemperature(card *of, int sensor, unsigned *told) {
    *told = of->number ? 48 : 71;
    return OK;
}
int nvmlDeviceGetPowerUsage(card *of, unsigned *told) {
    if (is("bare")) return NOT_SUPPORTED;
    *told = of->number ? 61000 : 287400;
    return OK;
}
int nvmlDeviceGetEnforcedPowerLimit(card *of, unsigned *told) {
    if (is("bare")) return NOT_SUPPORTED;
    *told = of->number ? 140000 : 450000;
    return OK;
}
int nvmlDeviceGetMigMode(card *of, unsigned *now, unsigned *pending) {
    if (!is("mig") || of->number) return NOT_SUPPORTED;
    *now = *pending = 1;
    return OK;
}
int nvmlDeviceGetMaxMigDeviceCount(card *of, unsigned *count) { *count = 7; return OK; }
int nvmlDeviceGetMigDeviceHandleByIndex(card *of, unsigned index, card **handle) {
    if (index > 1) return NOT_FOUND;
    *handle = &slices[index];
    return OK;
}

static int list(card *of, unsigned *count, process *told) {
    if (gone(of)) return LOST;
    if (is("secret")) return DENIED;
    unsigned found = 0;
    for (unsigned at = 0; at < 8; at++) {
        if (!pids[at] || (int)(at % 2) != of->number || of->slice > 0) continue;
        if (told) told[found] = (process){pids[at], is("hidden") ? ~0ULL : (at + 1) * 1024 * MIB, 0, 0};
        found++;
    }
    if (found && !told) { *count = found; return TOO_SMALL; }
    *count = found;
    return OK;
}
int nvmlDeviceGetComputeRunningProcesses_v2(card *of, unsigned *count, process *told) {
    return list(of, count, told);
}
int nvmlDeviceGetComputeRunningProcesses_v3(card *of, unsigned *count, process *told) {
    return is("old") ? NO_FUNCTION : list(of, count, told);
}
int nvmlDeviceGetGraphicsRunningProcesses_v2(card *of, unsigned *count, process *told) {
    *count = 0;
    return OK;
}
int nvmlDeviceGetGraphicsRunningProcesses_v3(card *of, unsigned *count, process *told) {
    *count = 0;
    return is("old") ? NO_FUNCTION : OK;
}

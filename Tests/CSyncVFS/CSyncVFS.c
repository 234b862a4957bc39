#include "CSyncVFS.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

typedef struct {
    sqlite3_file base;
    // SQLite keeps the name until the file is closed. Null where no copies are made.
    const char *name;
    sqlite3_file *real;
} File;

// The real file lies behind ours, at an address fit for anything.
enum { kRealOffset = (sizeof(File) + 15) / 16 * 16, kPathSize = 4096 };

static sqlite3_vfs *realVFS;
static sqlite3_vfs shim;
static pthread_mutex_t cutLock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static int installResult;

static sqlite3_file *real(sqlite3_file *file) { return ((File *)file)->real; }

static int writeAll(int to, const unsigned char *bytes, size_t count) {
    while (count > 0) {
        ssize_t written = write(to, bytes, count);
        if (written < 0) return -1;
        bytes += written;
        count -= (size_t)written;
    }
    return 0;
}

// The copy is made through SQLite's own descriptor: closing a second one would release the file's POSIX locks.
static int copySynced(File *file) {
    char path[kPathSize];
    const char *slash = strrchr(file->name, '/');
    if (snprintf(path, sizeof path, "%.*s/synced", (int)(slash - file->name), file->name) >= (int)sizeof path) return -1;
    if (mkdir(path, 0700) != 0 && errno != EEXIST) return -1;
    strncat(path, slash, sizeof path - strlen(path) - 1);

    sqlite3_int64 size, offset = 0;
    if (file->real->pMethods->xFileSize(file->real, &size) != SQLITE_OK) return -1;
    int to = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (to < 0) return -1;
    int result = 0;
    unsigned char buffer[65536];
    while (offset < size && result == 0) {
        int count = size - offset < (sqlite3_int64)sizeof buffer ? (int)(size - offset) : (int)sizeof buffer;
        if (file->real->pMethods->xRead(file->real, buffer, count, offset) != SQLITE_OK) result = -1;
        else result = writeAll(to, buffer, (size_t)count);
        offset += count;
    }
    close(to);
    return result;
}

static int syncFile(sqlite3_file *file, int flags) {
    int code = real(file)->pMethods->xSync(real(file), flags);
    if (code != SQLITE_OK || ((File *)file)->name == NULL) return code;
    pthread_mutex_lock(&cutLock);
    int copied = copySynced((File *)file);
    pthread_mutex_unlock(&cutLock);
    return copied == 0 ? SQLITE_OK : SQLITE_IOERR_FSYNC;
}

// Everything else is the real file's.
static int closeFile(sqlite3_file *f) { return real(f)->pMethods->xClose(real(f)); }
static int readFile(sqlite3_file *f, void *p, int n, sqlite3_int64 o) { return real(f)->pMethods->xRead(real(f), p, n, o); }
static int writeFile(sqlite3_file *f, const void *p, int n, sqlite3_int64 o) { return real(f)->pMethods->xWrite(real(f), p, n, o); }
static int truncateFile(sqlite3_file *f, sqlite3_int64 n) { return real(f)->pMethods->xTruncate(real(f), n); }
static int fileSize(sqlite3_file *f, sqlite3_int64 *n) { return real(f)->pMethods->xFileSize(real(f), n); }
static int lockFile(sqlite3_file *f, int l) { return real(f)->pMethods->xLock(real(f), l); }
static int unlockFile(sqlite3_file *f, int l) { return real(f)->pMethods->xUnlock(real(f), l); }
static int checkLock(sqlite3_file *f, int *r) { return real(f)->pMethods->xCheckReservedLock(real(f), r); }
static int control(sqlite3_file *f, int op, void *p) { return real(f)->pMethods->xFileControl(real(f), op, p); }
static int sectorSize(sqlite3_file *f) { return real(f)->pMethods->xSectorSize(real(f)); }
static int traits(sqlite3_file *f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
static int shmMap(sqlite3_file *f, int i, int n, int e, void volatile **p) { return real(f)->pMethods->xShmMap(real(f), i, n, e, p); }
static int shmLock(sqlite3_file *f, int o, int n, int flags) { return real(f)->pMethods->xShmLock(real(f), o, n, flags); }
static void shmBarrier(sqlite3_file *f) { real(f)->pMethods->xShmBarrier(real(f)); }
static int shmUnmap(sqlite3_file *f, int d) { return real(f)->pMethods->xShmUnmap(real(f), d); }

static const sqlite3_io_methods methods = {
    .iVersion = 2, .xClose = closeFile, .xRead = readFile, .xWrite = writeFile, .xTruncate = truncateFile,
    .xSync = syncFile, .xFileSize = fileSize, .xLock = lockFile, .xUnlock = unlockFile,
    .xCheckReservedLock = checkLock, .xFileControl = control, .xSectorSize = sectorSize,
    .xDeviceCharacteristics = traits, .xShmMap = shmMap, .xShmLock = shmLock, .xShmBarrier = shmBarrier,
    .xShmUnmap = shmUnmap,
};

static int openFile(sqlite3_vfs *vfs, const char *name, sqlite3_file *file, int flags, int *outFlags) {
    (void)vfs;
    File *ours = (File *)file;
    ours->real = (sqlite3_file *)((char *)file + kRealOffset);
    ours->name = name != NULL && strstr(name, "/powercut-") != NULL ? name : NULL;
    int code = realVFS->xOpen(realVFS, name, ours->real, flags, outFlags);
    file->pMethods = ours->real->pMethods != NULL ? &methods : NULL;
    return code;
}

// A removal counts as durable at once: SQLite syncs the folder itself where it depends on that, and the store does
// once it has opened the database.
static int deleteFile(sqlite3_vfs *vfs, const char *name, int syncFolder) {
    (void)vfs;
    char path[kPathSize];
    const char *slash = strrchr(name, '/');
    if (slash != NULL && strstr(name, "/powercut-") != NULL
        && snprintf(path, sizeof path, "%.*s/synced%s", (int)(slash - name), name, slash) < (int)sizeof path) {
        pthread_mutex_lock(&cutLock);
        unlink(path);
        pthread_mutex_unlock(&cutLock);
    }
    return realVFS->xDelete(realVFS, name, syncFolder);
}

static void install(void) {
    realVFS = sqlite3_vfs_find(NULL);
    if (realVFS == NULL) {
        installResult = SQLITE_ERROR;
        return;
    }
    shim = *realVFS;
    shim.pNext = NULL;
    shim.zName = "keyhold-powercut";
    shim.szOsFile = kRealOffset + realVFS->szOsFile;
    shim.xOpen = openFile;
    shim.xDelete = deleteFile;
    installResult = sqlite3_vfs_register(&shim, 1);
}

int CSyncVFS_install(void) {
    pthread_once(&once, install);
    return installResult;
}

static int copyFile(const char *from, const char *to) {
    int source = open(from, O_RDONLY);
    if (source < 0) return -1;
    int target = open(to, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int result = target < 0 ? -1 : 0;
    unsigned char buffer[65536];
    ssize_t count;
    while (result == 0 && (count = read(source, buffer, sizeof buffer)) != 0) {
        result = count < 0 ? -1 : writeAll(target, buffer, (size_t)count);
    }
    close(source);
    if (target >= 0) close(target);
    return result;
}

int CSyncVFS_cut(const char *folder, const char *target) {
    char from[kPathSize], to[kPathSize];
    snprintf(from, sizeof from, "%s/synced", folder);
    pthread_mutex_lock(&cutLock);
    DIR *entries = opendir(from);
    int result = entries == NULL ? -1 : 0;
    struct dirent *entry;
    while (result == 0 && (entry = readdir(entries)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        snprintf(from, sizeof from, "%s/synced/%s", folder, entry->d_name);
        snprintf(to, sizeof to, "%s/%s", target, entry->d_name);
        result = copyFile(from, to);
    }
    if (entries != NULL) closedir(entries);
    pthread_mutex_unlock(&cutLock);
    return result;
}

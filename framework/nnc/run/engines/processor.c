/* What this processor can run. */

#include "processor.h"

#if defined(HAS_AMX) && !defined(NNC_EMULATED_AMX)
#include <sys/syscall.h>
#include <unistd.h>
#endif

int find_best_kind(void) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (!__builtin_cpu_supports("avx2")) return PLAIN_CODE;
  if (!(__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
        __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vnni")))
    return AVX2;
#if defined(HAS_AMX) && defined(NNC_EMULATED_AMX)
  return AMX;
#elif defined(HAS_AMX)
  unsigned a, b, c, d;
  __asm__("cpuid" : "=a"(a), "=b"(b), "=c"(c), "=d"(d) : "a"(7), "c"(0));
  if ((d >> 24 & 3) == 3 && syscall(SYS_arch_prctl, 0x1023, 18) == 0) return AMX; /* XTILEDATA */
#endif
  return AVX512;
#else
  return PLAIN_CODE;
#endif
}

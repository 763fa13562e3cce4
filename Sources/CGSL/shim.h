// SPDX-License-Identifier: GPL-3.0-or-later
// The GNU Scientific Library as one Swift module. GSL's generator types are mutable global pointers,
// which Swift 6 refuses to read; the inline functions hand them out.
#ifndef CGSL_SHIM_H
#define CGSL_SHIM_H

#include <stddef.h>
#if defined(__linux__)
#include <sys/mman.h>
#endif

#include <gsl/gsl_cdf.h>
#include <gsl/gsl_errno.h>
#include <gsl/gsl_math.h>
#include <gsl/gsl_randist.h>
#include <gsl/gsl_rng.h>
#include <gsl/gsl_sf_gamma.h>
#include <gsl/gsl_sort.h>
#include <gsl/gsl_statistics.h>

#include "ziggurat.h"

static inline const gsl_rng_type *cgsl_mt19937(void) { return gsl_rng_mt19937; }

/// Asks the processor to bring a cache line closer; no effect on any result.
static inline void cgsl_prefetch(const void *address) { __builtin_prefetch(address, 0, 3); }

/// Asks for huge pages behind a piece of memory; no effect on any result, and none where there are no such pages.
static inline void cgsl_advise_huge_pages(void *address, size_t bytes) {
#if defined(MADV_HUGEPAGE)
  (void)madvise(address, bytes, MADV_HUGEPAGE);
#else
  (void)address;
  (void)bytes;
#endif
}

#endif

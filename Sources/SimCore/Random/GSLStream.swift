// SPDX-License-Identifier: GPL-3.0-or-later
internal import CGSL

/// Our stream as a generator of the GNU Scientific Library, so that its laws draw from it.
///
/// GSL's laws call the C library's `log`, `exp` and `pow`: their draws are the same only where that library is.
enum GSLStream {
  /// The generator type: its state is a `RandomStream`.
  nonisolated(unsafe) private static let type: UnsafePointer<gsl_rng_type> = {
    withoutErrorHandler()
    let name: StaticString = "simrun-stream"
    let type = UnsafeMutablePointer<gsl_rng_type>.allocate(capacity: 1)
    type.initialize(
      to: gsl_rng_type(
        name: UnsafeRawPointer(name.utf8Start).assumingMemoryBound(to: CChar.self),
        max: .max,
        min: 0,
        size: MemoryLayout<RandomStream>.size,
        set: { state, seed in
          state?.assumingMemoryBound(to: RandomStream.self).pointee = RandomStream(key: UInt64(seed))
        },
        get: { state in (state?.assumingMemoryBound(to: RandomStream.self).pointee.next()).map(UInt.init) ?? 0 },
        get_double: { state in state?.assumingMemoryBound(to: RandomStream.self).pointee.unit() ?? 0 }))
    return UnsafePointer(type)
  }()

  /// Runs a body with a GSL generator that draws from, and advances, a stream.
  static func with<Result>(
    _ stream: inout RandomStream, _ body: (UnsafePointer<gsl_rng>) -> Result
  ) -> Result {
    withUnsafeMutablePointer(to: &stream) { state in
      var generator = gsl_rng(type: type, state: UnsafeMutableRawPointer(state))
      return withUnsafePointer(to: &generator) { body($0) }
    }
  }

  private static let handlerOff: Void = { _ = gsl_set_error_handler_off() }()

  /// Turns GSL's error handler off, once: bad arguments then give NaN where they would end the process.
  static func withoutErrorHandler() { handlerOff }
}

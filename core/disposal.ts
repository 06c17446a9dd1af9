type Closer = () => unknown

/**
 * The part of the language's `AsyncDisposableStack` that is used here. Node.js has it from version 24 on, but 22 is supported
 * too.
 */
export class AsyncDisposableStack {
  #closers: Closer[] = []

  use<T extends AsyncDisposable>(resource: T): T {
    this.#closers.push(() => resource[Symbol.asyncDispose]())
    return resource
  }

  defer(close: Closer): void {
    this.#closers.push(close)
  }

  /** Moves everything into a new stack, which will close it instead of this one. */
  move(): AsyncDisposableStack {
    const moved = new AsyncDisposableStack()
    moved.#closers = this.#closers
    this.#closers = []
    return moved
  }

  /** Closes everything in reverse order. If several fail, throws the last error. */
  async disposeAsync(): Promise<void> {
    const close = this.#closers.pop()
    if (close === undefined) return
    try {
      await close()
    } finally {
      await this.disposeAsync()
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.disposeAsync()
  }
}

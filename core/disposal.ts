type Closer = () => unknown

/** What of the language's own `AsyncDisposableStack` is used here; Node.js has that from version 24 on, and 22 is supported. */
export class AsyncDisposableStack {
  #closers: Closer[] = []

  use<T extends AsyncDisposable>(resource: T): T {
    this.#closers.push(() => resource[Symbol.asyncDispose]())
    return resource
  }

  defer(close: Closer): void {
    this.#closers.push(close)
  }

  /** A stack that closes everything in place of this one. */
  move(): AsyncDisposableStack {
    const moved = new AsyncDisposableStack()
    moved.#closers = this.#closers
    this.#closers = []
    return moved
  }

  /** Closes in reverse order, all of it; of several failures, throws the last. */
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

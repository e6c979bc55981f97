/** A line to a server that can go dead: what is connected gets no answer any more, new connections do. */
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Socket } from 'node:net'

export interface Line {
  /** The server's URL, by this line. */
  readonly url: string
  /** From now on nothing passes on the connections there are. */
  cut(): void
  close(): void
}

export async function line(server: { url: string; host: string; port: number }): Promise<Line> {
  const sockets = new Set<Socket>()
  const live = new Set<Socket>()
  const listener = createServer(near => {
    const far = connect(server.port, server.host)
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      sockets.add(from)
      live.add(from)
      from.on('data', bytes => live.has(from) && to.write(bytes))
      from.on('error', () => {})
      from.on('close', () => live.has(from) && to.destroy())
    }
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  const url = new URL(server.url)
  url.host = `127.0.0.1:${(listener.address() as AddressInfo).port}`
  return {
    url: url.href,
    cut: () => live.clear(),
    close() {
      for (const socket of sockets) socket.destroy()
      listener.close()
    },
  }
}

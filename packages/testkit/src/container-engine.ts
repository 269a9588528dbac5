import { request } from 'node:http'

/**
 * Whether a container engine answers on DOCKER_HOST or the usual socket within a second.
 * Asked by hand, because the client library waits for half a minute on a socket that accepts and stays silent.
 */
export function containerEngineAnswers(env: NodeJS.ProcessEnv = process.env): Promise<boolean> {
  const address = engineAddress(env['DOCKER_HOST'])
  if (!address) return Promise.resolve(false)
  return new Promise((resolve) => {
    const no = () => resolve(false)
    const ping = request({ ...address, path: '/_ping', signal: AbortSignal.timeout(1_000) }, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    ping.once('error', no)
    ping.end()
  })
}

function engineAddress(host: string | undefined): { socketPath: string } | { host: string; port: string } | undefined {
  if (!host) return { socketPath: '/var/run/docker.sock' }
  if (host.startsWith('unix://')) return { socketPath: host.slice('unix://'.length) }
  if (!URL.canParse(host)) return undefined
  const { hostname, port } = new URL(host)
  return { host: hostname, port: port || '2375' }
}

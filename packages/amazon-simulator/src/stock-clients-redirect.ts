import axios, { getAdapter, type InternalAxiosRequestConfig } from 'axios'

const amazonHosts = /^https:\/\/(api\.amazon\.com|sellingpartnerapi-(na|eu|fe)\.amazon\.com)/

/**
 * Leads every request to Amazon's hosts to another address, as a name server would. The stock clients know their hosts
 * by heart; each makes its own instance from these defaults, the one for tokens when it is first imported.
 */
export function redirectAmazon(url: string): void {
  target = url
}

let target: string | undefined

axios.defaults.adapter = (config: InternalAxiosRequestConfig) => getAdapter('http')(towards(config))

function towards(config: InternalAxiosRequestConfig): InternalAxiosRequestConfig {
  const { baseURL, url } = config
  if (target === undefined) throw new Error('redirectAmazon was not called: nothing may reach Amazon from a test')
  if (baseURL !== undefined) config.baseURL = baseURL.replace(amazonHosts, target)
  if (url !== undefined) config.url = url.replace(amazonHosts, target)
  return config
}

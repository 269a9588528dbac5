/** Who the connector is to a simulator, which lets every application in. */
const anyApplication = {
  AMAZON_LWA_CLIENT_ID: 'amzn1.application-oa2-client.lockstep-demo',
  AMAZON_LWA_CLIENT_SECRET: 'lockstep-demo-secret',
  AMAZON_APPLICATION_ID: 'amzn1.sp.solution.lockstep-demo',
}

const names = ['AMAZON_ENDPOINT', 'AMAZON_LWA_ENDPOINT', ...Object.keys(anyApplication)]

/** Whether the environment names another Amazon than this stack's simulator: an endpoint, or the credentials of a real application. */
export function namesOwnAmazon(simulatorUrl: string, env: NodeJS.ProcessEnv): boolean {
  if (env['AMAZON_ENDPOINT'] === simulatorUrl) return false
  return names.some((name) => isSet(env[name]))
}

/**
 * What the connector is told of Amazon beside what the user has set, which always stands. Without any of it, Amazon is this stack's simulator. An endpoint that is not Amazon's
 * is taken for a simulator: what is left out is what a simulator accepts. For Amazon itself nothing is added: the connector asks for what is missing by name.
 */
export function amazonEnvironment(
  { simulatorUrl, consoleUrl }: { simulatorUrl: string; consoleUrl: string },
  env: NodeJS.ProcessEnv,
): NodeJS.ProcessEnv {
  const endpoint = namesOwnAmazon(simulatorUrl, env) ? env['AMAZON_ENDPOINT'] : simulatorUrl
  if (!isSet(endpoint) || isAmazons(endpoint)) return {}
  const added = {
    AMAZON_ENDPOINT: endpoint,
    AMAZON_LWA_ENDPOINT: `${endpoint.replace(/\/$/, '')}/auth/o2/token`,
    // A simulator's Seller Central is at its own address, and lets a seller back to any page of this machine.
    AMAZON_SELLER_CENTRAL: endpoint,
    AMAZON_REDIRECT_URI: `${consoleUrl}/amazon/authorised`,
    ...anyApplication,
  }
  return Object.fromEntries(Object.entries(added).filter(([name]) => !isSet(env[name])))
}

/** An address that cannot be read is passed on as it is: the connector says what is wrong with it. */
function isAmazons(endpoint: string): boolean {
  return !URL.canParse(endpoint) || /(^|\.)amazon\.com$/.test(new URL(endpoint).hostname)
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== ''
}

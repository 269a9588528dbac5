/** What the connector takes the simulator's login for. The simulator knows no other application. */
const simulatorCredentials = {
  AMAZON_LWA_CLIENT_ID: 'amzn1.application-oa2-client.lockstep-demo',
  AMAZON_LWA_CLIENT_SECRET: 'lockstep-demo-secret',
  AMAZON_APPLICATION_ID: 'amzn1.sp.solution.lockstep-demo',
}

const names = ['AMAZON_ENDPOINT', 'AMAZON_LWA_ENDPOINT', ...Object.keys(simulatorCredentials)]

/** Whether the environment names an Amazon of the user's own: another endpoint, or credentials of a real application. */
export function namesOwnAmazon(env: NodeJS.ProcessEnv): boolean {
  return names.some((name) => env[name] !== undefined && env[name] !== '')
}

/**
 * Where the connector finds Amazon and who it is there. Anything the user has set is obeyed as it stands, and then nothing is added:
 * an endpoint left out is the region's own, a credential left out is asked for by the connector. Otherwise it is the simulator.
 */
export function amazonEnvironment(simulatorUrl: string, env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  if (namesOwnAmazon(env)) return {}
  return {
    AMAZON_ENDPOINT: simulatorUrl,
    AMAZON_LWA_ENDPOINT: `${simulatorUrl}/auth/o2/token`,
    ...simulatorCredentials,
  }
}

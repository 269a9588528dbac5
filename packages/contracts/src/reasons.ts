/** The gRPC status a refusal travels under, by name. */
export type RefusalStatus =
  | 'INVALID_ARGUMENT'
  | 'NOT_FOUND'
  | 'ALREADY_EXISTS'
  | 'FAILED_PRECONDITION'
  | 'RESOURCE_EXHAUSTED'
  | 'PERMISSION_DENIED'
  | 'UNAVAILABLE'
  | 'ABORTED'

/** A stable code with its status and what its reader should do next. */
export interface ReasonDefinition {
  readonly status: RefusalStatus
  readonly nextStep: string
}

const table = <T extends Record<string, ReasonDefinition>>(reasons: T): Readonly<T> => reasons
const invalid = (nextStep: string): ReasonDefinition => ({ status: 'INVALID_ARGUMENT', nextStep })
const unknown = (nextStep: string): ReasonDefinition => ({ status: 'NOT_FOUND', nextStep })
const taken = (nextStep: string): ReasonDefinition => ({ status: 'ALREADY_EXISTS', nextStep })
const closed = (nextStep: string): ReasonDefinition => ({ status: 'FAILED_PRECONDITION', nextStep })
const later = (nextStep: string): ReasonDefinition => ({ status: 'UNAVAILABLE', nextStep })

/** Refusals that any service may give. */
export const generalReasons = table({
  IDEMPOTENCY_KEY_MISSING: invalid('send an idempotency key of 1 to 200 characters, made once per command'),
  IDEMPOTENCY_KEY_REUSED: taken('use a new idempotency key for a new command'),
  PAGE_INVALID: invalid('ask for a page of 1 to 1,000 entries with the token of the last answer'),
  FIELD_INVALID: invalid('correct the field and try again'),
  AMBIGUOUS: invalid('name one of the candidates by its id'),
  PEER_UNAVAILABLE: later('try again in a moment; see lockstep sync status if it lasts'),
})

/** Refusals of inventory. */
export const inventoryReasons = table({
  ITEM_UNKNOWN: unknown('check the SKU, or create the item: lockstep items add <sku>'),
  ITEM_EXISTS: taken('use the existing item, or choose another SKU'),
  SKU_INVALID: invalid('a SKU has 1 to 40 characters, is not "." or "..", and holds no control characters'),
  LOCATION_UNKNOWN: unknown('list the locations: lockstep locations list'),
  LOCATION_EXISTS: taken('choose another name'),
  LOCATION_NAME_INVALID: invalid('a location name has 1 to 80 characters'),
  LOCATION_NOT_OURS: closed('its levels come from outside; change them where they are kept'),
  QUANTITY_INVALID: invalid('give a whole number from 0 to 1,000,000,000'),
  DELTA_INVALID: invalid('give a whole number other than 0, up to 1,000,000,000 either way'),
  ON_HAND_BELOW_ZERO: closed('adjust by what is there, or count the shelf and use stock set'),
  ON_HAND_TOO_LARGE: closed('one place holds at most 1,000,000,000 units: adjust by less'),
  BATCH_EMPTY: invalid('send at least one line'),
  BATCH_TOO_LARGE: invalid('send at most 1,000 lines at a time'),
  LINE_DUPLICATE: invalid('name each pair of item and location once per batch'),
  LINES_REFUSED: invalid('correct the lines and send the batch again; nothing was written'),
  INSUFFICIENT_STOCK: closed('ask for what is available, or receive stock first'),
  RESERVATION_UNKNOWN: unknown('check the reservation id'),
  ITEM_CHANGED: {
    status: 'ABORTED',
    nextStep: 'read it again, look at what was changed, and repeat with the version it has now',
  },
  ITEM_UNTRACKED: closed('track it there first: lockstep items set <sku> --track <location>'),
  KIT_UNKNOWN: unknown('list the kits: lockstep items kits'),
  KIT_HAS_STOCK: closed('take its stock to 0 and let its orders end first, or make another item the kit'),
  KIT_WITHOUT_STOCK: closed('change the stock of its components: lockstep items show <sku> lists them'),
  COMPONENT_INVALID: invalid('name items that are no kits, each once'),
  TRANSFER_UNKNOWN: unknown('list the transfers: lockstep stock transfer list'),
  TRANSFER_ENDED: closed('look at it: lockstep stock transfer show <transfer>'),
  LOCATION_IS_DEFAULT: closed('Default is always there: create another location and use that one'),
  LOCATION_IN_USE: closed('take what uses it elsewhere first, then remove it'),
  ORDER_UNKNOWN: unknown('check the order id: lockstep orders list'),
  ORDER_NOT_MOVABLE: closed('nothing to do: look at the order with lockstep orders show <order>'),
  INCIDENT_UNKNOWN: unknown('list the incidents: lockstep stock incidents'),
  INCIDENT_ENDS_ITSELF: closed('bring its level in order: the incident ends by itself'),
})

/** Refusals of the channel connector. */
export const channelReasons = table({
  ACCOUNT_UNKNOWN: unknown('list the accounts: lockstep accounts list'),
  ACCOUNT_EXISTS: taken('one account per seller and marketplace; change the existing one: lockstep accounts settings'),
  ACCOUNT_DISABLED: closed('enable the account: lockstep accounts enable <account>'),
  MARKETPLACE_UNKNOWN: invalid('name a marketplace by its country code, such as UK, DE or US'),
  SELLER_INVALID: invalid("give Amazon's seller id (merchant token): letters and digits, as Seller Central shows it"),
  CREDENTIALS_MISSING: closed(
    'give the refresh token by --token-file or on standard input: lockstep accounts authorise',
  ),
  SETTING_INVALID: invalid('give a value inside the range that the message names, or none to take it away'),
  CONFIRMATION_NEEDED: closed('run lockstep sync dry-run <account>, look at it, and pass its confirmation'),
  CONFIRMATION_STALE: closed('look again: give the command whose --dry-run (or sync dry-run) gave the confirmation'),
  LOCATION_UNKNOWN: unknown('list the locations: lockstep locations list'),
  LISTING_UNKNOWN: unknown(
    'refresh the listings (lockstep mapping refresh <account>), then check the SKU byte for byte',
  ),
  BEFORE_FIRST_RECORD: closed('ask for a later moment'),
  LISTING_UNLINKED: closed('link it first: lockstep mapping link <account> <channel-sku> <item>'),
  LISTING_FBA: closed('Amazon keeps the stock of this listing; its quantity is never sent'),
  CHANNEL_SKU_INVALID: invalid('a seller SKU has 1 to 40 characters and is not "." or ".."'),
  ITEM_UNKNOWN: unknown('check the SKU, or create the item: lockstep items add <sku>'),
  OPERATION_UNKNOWN: invalid('name an operation of the Selling Partner API that the gateway knows'),
  NO_TOKEN: { status: 'RESOURCE_EXHAUSTED', nextStep: 'plan the call for the time that the delay names' },
  AUTHORISATION_REVOKED: closed('authorise the account again: lockstep accounts authorise <account>'),
  AUTHORISATION_UNKNOWN: unknown('begin the authorisation: lockstep accounts authorise <account>'),
  AUTHORISATION_STALE: closed('begin the authorisation anew: lockstep accounts authorise <account>'),
  AUTHORISATION_REFUSED: closed('begin the authorisation anew: lockstep accounts authorise <account>'),
  LEGACY_CONNECTION: closed(
    'add the account afresh by SP-API (lockstep accounts add --seller <seller id> --marketplace <code>), then disable the old one',
  ),
  BULK_JOB_UNKNOWN: unknown('list the jobs: lockstep feeds list'),
  BULK_JOB_STATE: closed('look at it: lockstep feeds show <job>'),
  BULK_JOBS_TOO_MANY: closed('wait until some of them are done, or cancel them: lockstep feeds cancel <job>'),
  SETTINGS_MOVED_ON: {
    status: 'ABORTED',
    nextStep: 'look at what is there now, then make the change again: lockstep changes list <account>',
  },
  ZEROS_CONFIRMATION_NEEDED: closed('look at the listings that go to 0, then pass the second confirmation as well'),
  NOTHING_TO_UNDO: closed('nothing to do: lockstep changes list <account> shows what was changed'),
  BULK_LINES_REFUSED: invalid('correct the lines and submit the file again'),
})

/** Refusals of order-download. */
export const orderReasons = table({
  ORDER_UNKNOWN: unknown('check the order id, or poll now: lockstep orders sync <account>'),
  ORDER_AMBIGUOUS: invalid('name the order by our id'),
  ACCOUNT_UNKNOWN: unknown('list the accounts: lockstep accounts list'),
  ACCOUNT_DISABLED: closed('enable the account: lockstep accounts enable <account>'),
  POLL_TOO_SOON: { status: 'RESOURCE_EXHAUSTED', nextStep: 'poll again at the time that the delay names' },
})

/** Refusals of report. */
export const reportReasons = table({
  REPORT_UNKNOWN: unknown('list the reports: lockstep reports status <account>'),
  REPORT_TYPE_UNKNOWN: invalid('ask for a report type that Lockstep reads, such as GET_MERCHANT_LISTINGS_ALL_DATA'),
  REPORT_NOT_READY: closed('wait until its state is Processed'),
  ACCOUNT_UNKNOWN: unknown('list the accounts: lockstep accounts list'),
  ACCOUNT_DISABLED: closed('enable the account: lockstep accounts enable <account>'),
})

/** Refusals of despatch. */
export const despatchReasons = table({
  ORDER_UNKNOWN: unknown('check the order id: lockstep orders list'),
  FULFILLED_BY_AMAZON: closed('nothing to do: Amazon ships this order itself'),
  AWAITING_PAYMENT: closed('wait until Amazon shows it as unshipped'),
  CANCELLED: closed('nothing to do: do not send the goods'),
  QUARANTINED: closed('look at the reason: lockstep orders show <order>'),
  BUYER_CANCEL_REQUESTED: closed('decide on the cancellation in Seller Central first'),
  NOTHING_OPEN: closed('nothing to do: every line is despatched or cancelled'),
  QUANTITY_NOT_OPEN: invalid('despatch at most what is open on the line'),
  LINE_UNKNOWN: invalid('name a line of this order: lockstep orders show <order>'),
  LINE_UNLINKED: closed('link the listing to its item first: lockstep mapping link <account> <channel-sku> <item>'),
  CARRIER_MISSING: invalid('name the carrier: --carrier'),
  CARRIER_NAME_MISSING: invalid('name the carrier when its code is Other: --carrier-name'),
  TRACKING_MISSING: invalid('give the tracking number: --tracking'),
  DESPATCH_UNKNOWN: unknown('check the despatch id: lockstep orders show <order>'),
  NOTHING_STOPPED: closed('nothing to do: look at its despatches with lockstep orders show <order>'),
  ACCOUNT_DISABLED: closed('enable the account: lockstep accounts settings <account> --enabled on'),
})

/** Every reason of every service. */
export type GeneralReason = keyof typeof generalReasons
/** Reasons of inventory. */
export type InventoryReason = keyof typeof inventoryReasons | GeneralReason
/** Reasons of the channel connector. */
export type ChannelReason = keyof typeof channelReasons | GeneralReason
/** Reasons of order-download. */
export type OrderReason = keyof typeof orderReasons | GeneralReason
/** Reasons of report. */
export type ReportReason = keyof typeof reportReasons | GeneralReason
/** Reasons of despatch. */
export type DespatchReason = keyof typeof despatchReasons | GeneralReason

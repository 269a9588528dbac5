/** The datasets an order is read with, by the poll and alone: reading it with fewer would look like a change of it. */
export const allData = ['FULFILLMENT', 'CANCELLATION', 'PROCEEDS']

/** What an order needs to be booked; asked for alone while Amazon refuses the others. */
export const openData = ['FULFILLMENT', 'CANCELLATION']

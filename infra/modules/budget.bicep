metadata description = 'Tells when the money of the month runs out early.'

param amount int
param startDate string
param actionGroupId string

// Azure refuses another start date for a budget that is there, and each deployment would bring one.
@onlyIfNotExists()
resource budget 'Microsoft.Consumption/budgets@2026-06-01' = {
  name: 'monthly'
  properties: {
    category: 'Cost'
    amount: amount
    timeGrain: 'Monthly'
    timePeriod: { startDate: startDate }
    notifications: {
      spent80: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 80
        thresholdType: 'Actual'
        contactEmails: []
        contactRoles: ['Owner']
        contactGroups: [actionGroupId]
      }
      forecast100: {
        enabled: true
        operator: 'GreaterThan'
        threshold: 100
        thresholdType: 'Forecasted'
        contactEmails: []
        contactRoles: ['Owner']
        contactGroups: [actionGroupId]
      }
    }
  }
}

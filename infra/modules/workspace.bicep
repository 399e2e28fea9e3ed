metadata description = 'The workspace of logs and metrics.'

param name string
param location string
param tags object
param retentionDays int
param dailyCapGB int

@description('Data collection rule that filters logs before they are stored. Empty: none.')
param transformationRuleId string

resource workspace 'Microsoft.OperationalInsights/workspaces@2025-02-01' = {
  name: name
  location: location
  tags: tags
  properties: {
    sku: { name: 'PerGB2018' }
    retentionInDays: retentionDays
    workspaceCapping: { dailyQuotaGb: dailyCapGB }
    defaultDataCollectionRuleResourceId: empty(transformationRuleId) ? null : transformationRuleId
    features: {
      disableLocalAuth: true
      enableLogAccessUsingOnlyResourcePermissions: true
    }
  }
}

output id string = workspace.id
output customerId string = workspace.properties.customerId

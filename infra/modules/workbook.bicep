metadata description = 'One page for the person on call: the path of a referral, what is asked, and what waits.'

param location string
param tags object
param componentName string

resource component 'Microsoft.Insights/components@2020-02-02' existing = {
  name: componentName
}

resource workbook 'Microsoft.Insights/workbooks@2023-06-01' = {
  name: guid(component.id, 'ereferrals')
  location: location
  tags: tags
  kind: 'shared'
  properties: {
    displayName: 'EReferrals'
    category: 'workbook'
    sourceId: component.id
    serializedData: loadTextContent('../workbook.json')
  }
}

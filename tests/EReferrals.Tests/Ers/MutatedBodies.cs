using System.Text.Json.Nodes;

namespace EReferrals.Tests.Ers;

/// <summary>Bodies that are like a valid one but for one value, which is removed or replaced by one that does not belong there.</summary>
internal static class MutatedBodies
{
    private static readonly string[] Wrong = ["null", "[]", "{}", "0", "true", "\"\"", "[null]", "[{}]"];

    public static IEnumerable<JsonObject> Of(JsonObject valid)
    {
        foreach (var place in PlacesIn(valid))
        {
            foreach (var wrong in Wrong)
            {
                var (body, parent) = CopyOf(valid, place);
                if (parent is JsonArray items) items[(int)place[^1]] = JsonNode.Parse(wrong);
                else parent[(string)place[^1]] = JsonNode.Parse(wrong);
                yield return body;
            }

            var (shorter, of) = CopyOf(valid, place);
            if (of is JsonArray list) list.RemoveAt((int)place[^1]);
            else of.AsObject().Remove((string)place[^1]);
            yield return shorter;
        }
    }

    private static (JsonObject Body, JsonNode Parent) CopyOf(JsonObject valid, object[] place)
    {
        var body = valid.DeepClone().AsObject();
        return (body, place[..^1].Aggregate((JsonNode)body, (node, step) => step is int at ? node[at]! : node[(string)step]!));
    }

    // Each place is the names and positions that lead to it.
    private static IEnumerable<object[]> PlacesIn(JsonNode node)
    {
        IEnumerable<(object Step, JsonNode? Value)> below = node switch
        {
            JsonObject members => members.Select(member => ((object)member.Key, member.Value)),
            JsonArray items => items.Select((item, at) => ((object)at, item)),
            _ => [],
        };
        foreach (var (step, value) in below)
        {
            yield return [step];
            foreach (var deeper in value is null ? [] : PlacesIn(value)) yield return [step, .. deeper];
        }
    }
}

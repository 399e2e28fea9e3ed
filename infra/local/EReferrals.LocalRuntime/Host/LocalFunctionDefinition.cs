using System.Collections.Immutable;
using Microsoft.Azure.Functions.Worker;

namespace EReferrals.LocalRuntime.Host;

internal sealed class LocalFunctionDefinition(
    string name, string entryPoint, string pathToAssembly, ImmutableArray<FunctionParameter> parameters, BindingMetadata trigger, BindingMetadata? output)
    : FunctionDefinition
{
    public override string Name => name;

    // Like the official id it depends on nothing but the function, so that it stays the same from start to start.
    public override string Id { get; } = Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(
        System.Text.Encoding.UTF8.GetBytes($"{name} {entryPoint}")).AsSpan(0, 8));

    public override string EntryPoint => entryPoint;

    public override string PathToAssembly => pathToAssembly;

    public override ImmutableArray<FunctionParameter> Parameters => parameters;

    public override IImmutableDictionary<string, BindingMetadata> InputBindings { get; } =
        ImmutableDictionary<string, BindingMetadata>.Empty.Add(trigger.Name, trigger);

    public override IImmutableDictionary<string, BindingMetadata> OutputBindings { get; } = output is null
        ? ImmutableDictionary<string, BindingMetadata>.Empty
        : ImmutableDictionary<string, BindingMetadata>.Empty.Add(output.Name, output);

    internal sealed class Binding(string name, string type, BindingDirection direction) : BindingMetadata
    {
        public override string Name => name;

        public override string Type => type;

        public override BindingDirection Direction => direction;
    }
}

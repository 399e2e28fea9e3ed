using System.Collections.Concurrent;
using System.Reflection;
using System.Runtime.Serialization;

namespace Azure.Data.Tables;

/// <summary>How a class of ours maps to an entity: its public properties, enums as their names.</summary>
internal sealed class EntityShape
{
    private static readonly ConcurrentDictionary<Type, EntityShape> Shapes = new();

    private readonly Member[] _writable;

    private EntityShape(Type type)
    {
        var members = type.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.GetIndexParameters().Length == 0 && !property.IsDefined(typeof(IgnoreDataMemberAttribute)))
            .Select(property => new Member(property))
            .ToArray();
        Readable = [.. members.Where(member => member.Property.CanRead)];
        _writable = [.. members.Where(member => member.Property.CanWrite)];
    }

    public Member[] Readable { get; }

    public static EntityShape Of(Type type) => Shapes.GetOrAdd(type, type => new EntityShape(type));

    public static T Bind<T>(TableEntity entity)
        where T : class, ITableEntity
    {
        if (entity is T same) return same;

        var bound = Activator.CreateInstance<T>();
        foreach (var member in Of(typeof(T))._writable)
        {
            if (member.Name == TableEntity.ETagName) bound.ETag = entity.ETag;
            else if (entity.TryGetValue(member.Name, out var value)) member.Write(bound, value);
        }

        return bound;
    }

    public sealed class Member(PropertyInfo property)
    {
        private readonly Type _type = Nullable.GetUnderlyingType(property.PropertyType) ?? property.PropertyType;

        public PropertyInfo Property => property;

        public string Name { get; } = property.Name == nameof(ITableEntity.ETag)
            ? TableEntity.ETagName
            : property.GetCustomAttribute<DataMemberAttribute>()?.Name ?? property.Name;

        public object? Read(object entity)
        {
            var value = property.GetValue(entity);
            return value is Enum ? value.ToString() : value;
        }

        public void Write(object entity, object value) => property.SetValue(entity, Converted(value));

        private object Converted(object value) => value switch
        {
            _ when _type.IsInstanceOfType(value) => value,
            string text when _type.IsEnum => Enum.Parse(_type, text),
            DateTimeOffset time when _type == typeof(DateTime) => time.UtcDateTime,
            byte[] bytes when _type == typeof(BinaryData) => new BinaryData(bytes),
            int number when _type == typeof(double) => (double)number,
            _ => throw new InvalidOperationException($"Property {Name} is stored as a {value.GetType()} and declared as a {_type}."),
        };
    }
}

//! The types that a key field may have.

use super::fields::{Field, FieldKind};
use super::part::Part;

/// A type that a field of a derived key may have.
///
/// Implemented for the integers up to 64 bits and `i128`, `bool`, `String`, `str`, `[u8; 16]` (a
/// UUID), `Vec<u8>`, for references to them and for `Option` of them.
///
/// Implementors owe: [`KeyField::part`] gives a part of the variant that [`KeyField::KIND`] names,
/// or [`Part::Null`] where [`KeyField::NULLABLE`]; values that differ give parts that differ.
///
/// # Examples
/// A type of the application's own, stored as the integer that it stands for:
/// ```
/// use surecache::{FieldKind, KeyField, Part};
///
/// struct UserId(u64);
///
/// impl KeyField for UserId {
///     const KIND: FieldKind = FieldKind::Int;
///
///     fn part(&self) -> Part {
///         Part::from(self.0)
///     }
/// }
/// assert_eq!(UserId(42).part(), Part::Int(42));
/// ```
/// Floats are none, as equal ones may have different bytes:
/// ```compile_fail
/// #[derive(surecache::CacheKey)]
/// struct Key {
///     amount: f64,
/// }
/// ```
/// Nor is an option in an option, whose two absences would be one:
/// ```compile_fail
/// #[derive(surecache::CacheKey)]
/// struct Key {
///     limit: Option<Option<u8>>,
/// }
/// let fields = <Key as surecache::CacheKey>::fields();
/// ```
#[diagnostic::on_unimplemented(
    message = "the type `{Self}` cannot be a field of a cache key",
    label = "wanted an integer of a fixed size (at most i64, u64 or i128), bool, String, &str, \
             [u8; 16] for a UUID, Vec<u8>, or an Option of one of them",
    note = "for a type of your own, implement `surecache::KeyField` by the part that it stands for"
)]
pub trait KeyField {
    /// The declared type.
    const KIND: FieldKind;

    /// True where there may be no value. Default: false.
    const NULLABLE: bool = false;

    /// The value.
    fn part(&self) -> Part;

    /// The declaration of a field of this type.
    fn field(name: &str) -> Field {
        Field { name: name.to_owned(), kind: Self::KIND, nullable: Self::NULLABLE }
    }
}

macro_rules! key_field {
    ($($type:ty => $kind:ident),* $(,)?) => {$(
        impl KeyField for $type {
            const KIND: FieldKind = FieldKind::$kind;

            fn part(&self) -> Part {
                Part::from(self.to_owned())
            }
        }
    )*};
}

key_field! {
    bool => Bool,
    i8 => Int, i16 => Int, i32 => Int, i64 => Int, i128 => Int,
    u8 => Int, u16 => Int, u32 => Int, u64 => Int,
    String => Text, str => Text,
    [u8; 16] => Uuid,
}

impl KeyField for Vec<u8> {
    const KIND: FieldKind = FieldKind::Bytes;

    fn part(&self) -> Part {
        Part::Bytes(self.clone())
    }
}

impl<T: KeyField + ?Sized> KeyField for &T {
    const KIND: FieldKind = T::KIND;
    const NULLABLE: bool = T::NULLABLE;

    fn part(&self) -> Part {
        (**self).part()
    }
}

/// `None` is [`Part::Null`].
impl<T: KeyField> KeyField for Option<T> {
    const KIND: FieldKind = T::KIND;
    const NULLABLE: bool = {
        assert!(!T::NULLABLE, "an Option in an Option cannot be a field of a cache key");
        true
    };

    fn part(&self) -> Part {
        self.as_ref().map_or(Part::Null, KeyField::part)
    }
}
